/**
 * An LSTM over a sequence, and its gradient. The gates stand side by side in the order i, f, g, o.
 *
 * What a step needs lies together: `inputs [time, batch, features + units]` holds in each row what the step reads, the
 * example's input and then its output of the step before. So a step is one product with both kernels at once, and so is
 * the gradient of the kernels. Steps are counted in the order of reading.
 */
import { hyperbolicTangent, sigmoid } from './activations';
import { at, clear, copy } from './memory';
import { DEPTH, groupsScratch, multiplyPanels } from './matrix-product';
import { PANEL, packPanels, panelsLength } from './panels';

/** Numbers of scratch memory that `lstmForward` wants. */
export function lstmForwardScratch(batch: i32, features: i32, units: i32): i32 {
  const width = features + units;
  return panelsLength(width, 4 * units) + groupsScratch(batch, width);
}

/**
 * @param x `[batch, time, features]`.
 * @param mask `[batch, time]` in bytes, 0 = padding, or 0 when all is real.
 * @param inputs `[time, batch, features + units]`, `gates [time, batch, 4 * units]`, `cells` and `tanhs [time, batch,
 *     units]` are written for the gradient.
 * @param outputs the output of step `t` goes to `outputs [batch, time, outputStride]`.
 */
export function lstmForward(
  batch: i32, time: i32, features: i32, units: i32, goBackwards: bool,
  x: usize, kernel: usize, recurrentKernel: usize, bias: usize, h0: usize, c0: usize, mask: usize,
  inputs: usize, gates: usize, cells: usize, tanhs: usize,
  outputs: usize, outputStride: i32, hLast: usize, cLast: usize, scratch: usize,
): void {
  const width = features + units;
  const groups = at(scratch, panelsLength(width, 4 * units));
  packPanels(features, 4 * units, kernel, 4 * units, false, scratch, width);
  packPanels(units, 4 * units, recurrentKernel, 4 * units, false, at(scratch, PANEL * features), width);
  for (let example = 0; example < batch; example++) {
    copy(at(inputs, example * width + features), at(h0, example * units), units);
  }
  for (let step = 0; step < time; step++) {
    const t = goBackwards ? time - 1 - step : step;
    const input = at(inputs, step * batch * width);
    for (let example = 0; example < batch; example++) {
      const place = example * time + t;
      const row = at(input, example * width);
      if (mask && !load<u8>(mask + <usize>place)) clear(row, features);
      else copy(row, at(x, place * features), features);
    }
    const gate = at(gates, step * batch * 4 * units);
    multiplyPanels(
      batch, 4 * units, width, input, width, false, scratch, PANEL, PANEL * width, gate, 4 * units, false, groups,
    );
    const cBefore = step > 0 ? at(cells, (step - 1) * batch * units) : c0;
    const cell = at(cells, step * batch * units);
    for (let example = 0; example < batch; example++) {
      const place = example * time + t;
      const c = at(cell, example * units);
      const h = at(outputs, place * outputStride);
      if (mask && !load<u8>(mask + <usize>place)) {
        // A masked step carries the state through.
        copy(c, at(cBefore, example * units), units);
        copy(h, at(input, example * width + features), units);
      } else {
        const tanh = at(tanhs, (step * batch + example) * units);
        gatesForward(units, at(gate, example * 4 * units), bias, at(cBefore, example * units), c, tanh, h);
      }
      const next = step + 1 < time ? at(input, (batch + example) * width + features) : at(hLast, example * units);
      copy(next, h, units);
    }
  }
  copy(cLast, at(cells, (time - 1) * batch * units), batch * units);
}

/** From the products to the gates, which replace them, and to the step's `c`, `tanh(c)` and `h`. */
function gatesForward(units: i32, gates: usize, bias: usize, cBefore: usize, c: usize, tanh: usize, h: usize): void {
  const rowBytes = <usize>units << 2;
  let left = units;
  for (; left >= 4; left -= 4) {
    const i = sigmoid(f32x4.add(v128.load(gates), v128.load(bias)));
    const f = sigmoid(f32x4.add(v128.load(gates + rowBytes), v128.load(bias + rowBytes)));
    const g = hyperbolicTangent(f32x4.add(v128.load(gates + 2 * rowBytes), v128.load(bias + 2 * rowBytes)));
    const o = sigmoid(f32x4.add(v128.load(gates + 3 * rowBytes), v128.load(bias + 3 * rowBytes)));
    v128.store(gates, i);
    v128.store(gates + rowBytes, f);
    v128.store(gates + 2 * rowBytes, g);
    v128.store(gates + 3 * rowBytes, o);
    const cell = f32x4.add(f32x4.mul(f, v128.load(cBefore)), f32x4.mul(i, g));
    const tanhC = hyperbolicTangent(cell);
    v128.store(c, cell);
    v128.store(tanh, tanhC);
    v128.store(h, f32x4.mul(o, tanhC));
    gates += 16; bias += 16; cBefore += 16; c += 16; tanh += 16; h += 16;
  }
  for (; left > 0; left--) {
    const i = sigmoid(f32x4.splat(load<f32>(gates) + load<f32>(bias)));
    const f = sigmoid(f32x4.splat(load<f32>(gates + rowBytes) + load<f32>(bias + rowBytes)));
    const g = hyperbolicTangent(f32x4.splat(load<f32>(gates + 2 * rowBytes) + load<f32>(bias + 2 * rowBytes)));
    const o = sigmoid(f32x4.splat(load<f32>(gates + 3 * rowBytes) + load<f32>(bias + 3 * rowBytes)));
    store<f32>(gates, f32x4.extract_lane(i, 0));
    store<f32>(gates + rowBytes, f32x4.extract_lane(f, 0));
    store<f32>(gates + 2 * rowBytes, f32x4.extract_lane(g, 0));
    store<f32>(gates + 3 * rowBytes, f32x4.extract_lane(o, 0));
    const cell = f32x4.add(f32x4.mul(f, v128.load_splat<f32>(cBefore)), f32x4.mul(i, g));
    const tanhC = hyperbolicTangent(cell);
    store<f32>(c, f32x4.extract_lane(cell, 0));
    store<f32>(tanh, f32x4.extract_lane(tanhC, 0));
    store<f32>(h, f32x4.extract_lane(f32x4.mul(o, tanhC), 0));
    gates += 4; bias += 4; cBefore += 4; c += 4; tanh += 4; h += 4;
  }
}

/** So many steps are taken together for the gradient of the kernels. */
function stepsAtOnce(batch: i32, time: i32): i32 {
  return max(1, min(time, DEPTH / batch));
}

/** Numbers of scratch memory that `lstmBackward` wants. */
export function lstmBackwardScratch(batch: i32, time: i32, features: i32, units: i32): i32 {
  const chunk = stepsAtOnce(batch, time) * batch;
  return (
    panelsLength(4 * units, features) + panelsLength(4 * units, units) +
    chunk * 4 * units + panelsLength(chunk, 4 * units) +
    max(groupsScratch(batch, 4 * units), groupsScratch(features + units, chunk)) +
    batch * units + 4 * units
  );
}

/**
 * @param dOutputs the gradient of step `t`'s output lies in `[batch, time, dOutputStride]`.
 * @param dx `[batch, time, features]`; what is found is added to it with `addToDx`.
 * @param dh and `dc`, `[batch, units]`: gradients of the last state going in, of the initial state coming out.
 */
export function lstmBackward(
  batch: i32, time: i32, features: i32, units: i32, goBackwards: bool,
  kernel: usize, recurrentKernel: usize, c0: usize, mask: usize,
  inputs: usize, gates: usize, cells: usize, tanhs: usize, dOutputs: usize, dOutputStride: i32,
  dx: usize, addToDx: bool, dKernel: usize, dRecurrentKernel: usize, dBias: usize, dh: usize, dc: usize, scratch: usize,
): void {
  const width = features + units;
  const most = stepsAtOnce(batch, time);
  const toInput = scratch;
  const toState = at(toInput, panelsLength(4 * units, features));
  const dGates = at(toState, panelsLength(4 * units, units));
  const dGatePanels = at(dGates, most * batch * 4 * units);
  const dhNow = at(dGatePanels, panelsLength(most * batch, 4 * units));
  const sums = at(dhNow, batch * units);
  const groups = at(sums, 4 * units);
  packPanels(4 * units, features, kernel, 4 * units, true, toInput, 4 * units);
  packPanels(4 * units, units, recurrentKernel, 4 * units, true, toState, 4 * units);
  clear(dBias, 4 * units);

  let filled = 0; // steps whose gates' gradients wait in dGates, from its end to its beginning
  for (let step = time - 1; step >= 0; step--) {
    const t = goBackwards ? time - 1 - step : step;
    const cBefore = step > 0 ? at(cells, (step - 1) * batch * units) : c0;
    filled++;
    const dGate = at(dGates, (most - filled) * batch * 4 * units);
    for (let example = 0; example < batch; example++) {
      const place = example * time + t;
      const row = step * batch + example;
      const total = at(dhNow, example * units);
      addRows(units, at(dh, example * units), at(dOutputs, place * dOutputStride), total);
      if (mask && !load<u8>(mask + <usize>place)) clear(at(dGate, example * 4 * units), 4 * units);
      else {
        gatesBackward(
          units, at(gates, row * 4 * units), at(cBefore, example * units), at(tanhs, row * units),
          total, at(dc, example * units), at(dGate, example * 4 * units),
        );
      }
    }
    multiplyPanels(
      batch, units, 4 * units, dGate, 4 * units, false, toState, PANEL, PANEL * 4 * units, dh, units, false, groups,
    );
    if (mask) {
      // A masked step hands its gradient on as it got it.
      for (let example = 0; example < batch; example++) {
        if (!load<u8>(mask + <usize>(example * time + t))) copy(at(dh, example * units), at(dhNow, example * units), units);
      }
    }
    multiplyPanels(
      batch, features, 4 * units, dGate, 4 * units, false, toInput, PANEL, PANEL * 4 * units,
      at(dx, t * features), time * features, addToDx, groups,
    );
    if (filled == most || step == 0) {
      const first = time - 1 - step < most; // nothing has been added up before
      const rows = filled * batch;
      const read = at(inputs, step * batch * width);
      packPanels(rows, 4 * units, dGate, 4 * units, false, dGatePanels, rows);
      multiplyPanels(
        features, 4 * units, rows, read, width, true, dGatePanels, PANEL, PANEL * rows, dKernel, 4 * units, !first, groups,
      );
      multiplyPanels(
        units, 4 * units, rows, at(read, features), width, true, dGatePanels, PANEL, PANEL * rows,
        dRecurrentKernel, 4 * units, !first, groups,
      );
      // First over these rows, then over all: a single float32 sum would lose digits.
      clear(sums, 4 * units);
      for (let row = 0; row < rows; row++) addRows(4 * units, sums, at(dGate, row * 4 * units), sums);
      addRows(4 * units, dBias, sums, dBias);
      filled = 0;
    }
  }
}

/** `sum = a + b`. */
function addRows(count: i32, a: usize, b: usize, sum: usize): void {
  let left = count;
  for (; left >= 4; left -= 4, a += 16, b += 16, sum += 16) v128.store(sum, f32x4.add(v128.load(a), v128.load(b)));
  for (; left > 0; left--, a += 4, b += 4, sum += 4) store<f32>(sum, load<f32>(a) + load<f32>(b));
}

/** From the gradients of a step's `h` and `c` to those of its gates before their activation, and of the `c` before. */
function gatesBackward(units: i32, gates: usize, cBefore: usize, tanh: usize, dh: usize, dc: usize, dGates: usize): void {
  const rowBytes = <usize>units << 2;
  const one = f32x4.splat(1);
  let left = units;
  for (; left >= 4; left -= 4) {
    const i = v128.load(gates);
    const f = v128.load(gates + rowBytes);
    const g = v128.load(gates + 2 * rowBytes);
    const o = v128.load(gates + 3 * rowBytes);
    const t = v128.load(tanh);
    const dOutput = v128.load(dh);
    const throughTanh = f32x4.mul(f32x4.mul(dOutput, o), f32x4.sub(one, f32x4.mul(t, t)));
    const dCell = f32x4.add(v128.load(dc), throughTanh);
    v128.store(dGates, f32x4.mul(f32x4.mul(dCell, g), f32x4.sub(i, f32x4.mul(i, i))));
    v128.store(dGates + rowBytes, f32x4.mul(f32x4.mul(dCell, v128.load(cBefore)), f32x4.sub(f, f32x4.mul(f, f))));
    v128.store(dGates + 2 * rowBytes, f32x4.mul(f32x4.mul(dCell, i), f32x4.sub(one, f32x4.mul(g, g))));
    v128.store(dGates + 3 * rowBytes, f32x4.mul(f32x4.mul(dOutput, t), f32x4.sub(o, f32x4.mul(o, o))));
    v128.store(dc, f32x4.mul(dCell, f));
    gates += 16; cBefore += 16; tanh += 16; dh += 16; dc += 16; dGates += 16;
  }
  for (; left > 0; left--) {
    const i = load<f32>(gates);
    const f = load<f32>(gates + rowBytes);
    const g = load<f32>(gates + 2 * rowBytes);
    const o = load<f32>(gates + 3 * rowBytes);
    const t = load<f32>(tanh);
    const dOutput = load<f32>(dh);
    const dCell = load<f32>(dc) + dOutput * o * (1 - t * t);
    store<f32>(dGates, dCell * g * (i - i * i));
    store<f32>(dGates + rowBytes, dCell * load<f32>(cBefore) * (f - f * f));
    store<f32>(dGates + 2 * rowBytes, dCell * i * (1 - g * g));
    store<f32>(dGates + 3 * rowBytes, dOutput * t * (o - o * o));
    store<f32>(dc, dCell * f);
    gates += 4; cBefore += 4; tanh += 4; dh += 4; dc += 4; dGates += 4;
  }
}
