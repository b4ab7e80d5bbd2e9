/** The functions of an LSTM's gates, four numbers at a time. NaN stays NaN. */

/** `exp(x)`, to about one unit of the last place. */
// @ts-ignore: AssemblyScript knows decorators of functions
@inline
export function exponential(x: v128): v128 {
  // Beyond these limits the result is no float32. In this order of the arguments, NaN passes.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.3)), f32x4.splat(-87.3));
  // exp(x) = 2^n exp(r) with r between -log(2) / 2 and log(2) / 2; log(2) in two parts, so that r keeps its digits.
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  // The polynomial of the Cephes library.
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  // 2^n by its bits.
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

// @ts-ignore: AssemblyScript knows decorators of functions
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** The quotient of polynomials that native TensorFlow computes (Eigen's): a float32 is 1 from 7.9 on. */
// @ts-ignore: AssemblyScript knows decorators of functions
@inline
export function hyperbolicTangent(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(7.90531110763549805)), f32x4.splat(-7.90531110763549805));
  const square = f32x4.mul(x, x);
  let p = f32x4.splat(-2.76076847742355e-16);
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(2.00018790482477e-13));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-8.60467152213735e-11));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(5.12229709037114e-8));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(1.48572235717979e-5));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(6.37261928875436e-4));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(4.89352455891786e-3));
  let q = f32x4.splat(1.19825839466702e-6);
  q = f32x4.add(f32x4.mul(q, square), f32x4.splat(1.18534705686654e-4));
  q = f32x4.add(f32x4.mul(q, square), f32x4.splat(2.268434632439e-3));
  q = f32x4.add(f32x4.mul(q, square), f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** `y = tanh(x)` for `count` numbers. */
export function tanhOf(count: i32, x: usize, y: usize): void {
  let left = count;
  for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, hyperbolicTangent(v128.load(x)));
  for (; left > 0; left--, x += 4, y += 4) {
    store<f32>(y, f32x4.extract_lane(hyperbolicTangent(v128.load_splat<f32>(x)), 0));
  }
}
