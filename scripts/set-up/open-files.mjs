// Where a program may open too few files, it fails anywhere: at an import, at a package, at a socket. Written, as
// node-version.mjs, so that an old Node can read it.

/** Ends the program: with one line that says what to do, or with the error itself where it is another one. */
export function endWith(error) {
  const code = error && error.code;
  if (code === 'EMFILE' || code === 'ENFILE') {
    console.error(
      'This terminal lets a program open too few files (' +
        code +
        '). Raise the limit, then start again: ulimit -n 1024',
    );
  } else {
    console.error(error);
  }
  process.exit(1);
}
