/**
 * One step of Adam for one variable.
 *
 * @param moved where the variable's new content goes; both moments are changed where they lie.
 * @param rest1 `1 - beta1`, and `correction1` is `1 - beta1^t`: in float32 they would lose digits, so they come from
 *     double precision.
 */
export function adam(
  count: i32, variable: usize, gradient: usize, first: usize, second: usize, moved: usize,
  rate: f32, epsilon: f32, beta1: f32, rest1: f32, correction1: f32, beta2: f32, rest2: f32, correction2: f32,
): void {
  let left = count;
  for (; left >= 4; left -= 4) {
    const slope = v128.load(gradient);
    const mean = f32x4.add(f32x4.mul(v128.load(first), f32x4.splat(beta1)), f32x4.mul(slope, f32x4.splat(rest1)));
    const square = f32x4.add(
      f32x4.mul(v128.load(second), f32x4.splat(beta2)), f32x4.mul(f32x4.mul(slope, slope), f32x4.splat(rest2)),
    );
    v128.store(first, mean);
    v128.store(second, square);
    const size = f32x4.add(f32x4.sqrt(f32x4.div(square, f32x4.splat(correction2))), f32x4.splat(epsilon));
    const step = f32x4.mul(f32x4.splat(rate), f32x4.div(f32x4.div(mean, f32x4.splat(correction1)), size));
    v128.store(moved, f32x4.sub(v128.load(variable), step));
    variable += 16; gradient += 16; first += 16; second += 16; moved += 16;
  }
  for (; left > 0; left--) {
    const slope = load<f32>(gradient);
    const mean = load<f32>(first) * beta1 + slope * rest1;
    const square = load<f32>(second) * beta2 + slope * slope * rest2;
    store<f32>(first, mean);
    store<f32>(second, square);
    store<f32>(moved, load<f32>(variable) - (rate * (mean / correction1)) / (sqrt<f32>(square / correction2) + epsilon));
    variable += 4; gradient += 4; first += 4; second += 4; moved += 4;
  }
}
