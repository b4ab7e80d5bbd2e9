// Node's `util`, which one package asks for and does not use in a browser.
export default {};
