/**
 * A graph of native operations, built here and run by native TensorFlow in one call.
 *
 * Called one by one from JavaScript, each operation costs several microseconds and runs on one core. As a graph they
 * cost a fraction of that, and parts that do not wait for each other run at the same time.
 */
import { nodeModule } from '../node-module';
import type { tf } from '../tensorflow';
import type { NativeBackend } from './native-operations';

/** The output of an operation: its name, and `:1`, `:2`... for its further outputs. */
export type GraphTensor = string;

/** As many tensors as an operation has outputs, where that is known beforehand. */
export type GraphTensors<Count extends number, Known extends GraphTensor[] = []> = number extends Count
  ? GraphTensor[]
  : Known['length'] extends Count
    ? Known
    : GraphTensors<Count, [...Known, GraphTensor]>;

/** TensorFlow's numbers for types (`DataType` in types.proto). */
export const FLOAT = 1;
export const INT32 = 3;
export const INT64 = 9;
const RESOURCE = 20;

/** The part of Node's file system that is used here, so that a project without Node's types can compile a copy. */
interface FileSystem {
  mkdtempSync(prefix: string): string;
  writeFileSync(file: string, bytes: Uint8Array): void;
  rmSync(folder: string, options: { recursive: boolean }): void;
}

// TensorFlow reads graphs in Google's protocol buffer format: a message is a sequence of fields, and a field is its
// number and wire type, then its content. Three wire types are all that a graph needs.
const VARINT = 0;
const BYTES = 2;
const FIXED_32 = 5;

/** A message, or a part of one. */
type Bytes = number[];

/** Seven bits a byte, the lowest first; the eighth bit says that more follow. */
function varint(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

function numberField(field: number, value: number): Bytes {
  return [...varint((field << 3) | VARINT), ...varint(value)];
}

function bytesField(field: number, ...content: (Bytes | string)[]): Bytes {
  const bytes = content.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part));
  return [...varint((field << 3) | BYTES), ...varint(bytes.length), ...bytes];
}

function floatField(field: number, value: number): Bytes {
  return [...varint((field << 3) | FIXED_32), ...new Uint8Array(new Float32Array([value]).buffer)];
}

/** An attribute of an operation in a graph (`AttrValue` in attr_value.proto). */
export const attribute = {
  string: (value: string): Bytes => bytesField(2, value),
  int: (value: number): Bytes => numberField(3, value),
  float: (value: number): Bytes => floatField(4, value),
  boolean: (value: boolean): Bytes => numberField(5, Number(value)),
  type: (value: number): Bytes => numberField(6, value),
  /** A constant of type int32: a scalar or a vector. */
  integers: (value: number | number[]): Bytes => {
    const size = Array.isArray(value) ? [bytesField(2, numberField(1, value.length))] : [];
    const content = new Uint8Array(new Int32Array(Array.isArray(value) ? value : [value]).buffer);
    return bytesField(8, numberField(1, INT32), bytesField(2, ...size), bytesField(4, [...content]));
  },
};

/** Builds a graph. The methods are the few operations that this library's graphs are made of. */
export class GraphBuilder {
  private readonly nodes: Bytes[] = [];

  /** Any operation; the result stands for its first output. */
  operation(type: string, inputs: GraphTensor[], attributes: Record<string, Bytes>, name?: string): GraphTensor {
    const ownName = name ?? `node${this.nodes.length}`;
    this.nodes.push(
      bytesField(
        1,
        bytesField(1, ownName),
        bytesField(2, type),
        ...inputs.map((input) => bytesField(3, input)),
        ...Object.entries(attributes).map(([key, value]) => bytesField(5, bytesField(1, key), bytesField(2, value))),
      ),
    );
    return ownName;
  }

  /** A tensor that each run brings along. */
  input(name: string, type = FLOAT): GraphTensor {
    return this.operation('Placeholder', [], { dtype: attribute.type(type) }, name);
  }

  integers(value: number | number[]): GraphTensor {
    return this.operation('Const', [], { dtype: attribute.type(INT32), value: attribute.integers(value) });
  }

  shape(tensor: GraphTensor, sourceType = FLOAT): GraphTensor {
    return this.operation('Shape', [tensor], { T: attribute.type(sourceType), out_type: attribute.type(INT32) });
  }

  /** The size of a tensor's first axis, a scalar of type int32. */
  firstSize(tensor: GraphTensor): GraphTensor {
    return this.gather(this.shape(tensor), this.integers(0), INT32);
  }

  cast(tensor: GraphTensor, from: number, to: number): GraphTensor {
    return this.operation('Cast', [tensor], { SrcT: attribute.type(from), DstT: attribute.type(to) });
  }

  reshape(tensor: GraphTensor, shape: GraphTensor, type = FLOAT): GraphTensor {
    return this.operation('Reshape', [tensor, shape], { T: attribute.type(type), Tshape: attribute.type(INT32) });
  }

  /** `[..., width]` as `[rows, width]`. */
  rows(tensor: GraphTensor): GraphTensor {
    const width = this.slice(this.shape(tensor), this.integers([2]), this.integers([1]), INT32);
    return this.reshape(tensor, this.concat([this.integers([-1]), width], 0, INT32));
  }

  concat(parts: GraphTensor[], axis: number, type = FLOAT): GraphTensor {
    if (parts.length === 1) return parts[0]!;
    return this.operation('ConcatV2', [...parts, this.integers(axis)], {
      N: attribute.int(parts.length),
      T: attribute.type(type),
      Tidx: attribute.type(INT32),
    });
  }

  split<Count extends number>(tensor: GraphTensor, count: Count, axis: number): GraphTensors<Count> {
    const split = this.operation('Split', [this.integers(axis), tensor], {
      num_split: attribute.int(count),
      T: attribute.type(FLOAT),
    });
    return this.outputsOf(split, count);
  }

  /** The outputs of an operation that has several. */
  outputsOf<Count extends number>(operation: GraphTensor, count: Count): GraphTensors<Count> {
    return Array.from({ length: count }, (_, index) => `${operation}:${index}`) as GraphTensors<Count>;
  }

  /** Inputs of these names, each followed by a number. */
  inputs<Names extends readonly string[]>(
    names: Names,
    number: number,
    type = FLOAT,
  ): { [Place in keyof Names]: GraphTensor } {
    return names.map((name) => this.input(name + number, type)) as { [Place in keyof Names]: GraphTensor };
  }

  slice(tensor: GraphTensor, begin: GraphTensor, size: GraphTensor, type = FLOAT): GraphTensor {
    return this.operation('Slice', [tensor, begin, size], { T: attribute.type(type), Index: attribute.type(INT32) });
  }

  /** Rows of `tensor`, in the order and shape of `rows`; a loop has to bring along its own `axis` 0. */
  gather(tensor: GraphTensor, rows: GraphTensor, type = FLOAT, axis = this.integers(0)): GraphTensor {
    return this.operation('GatherV2', [tensor, rows, axis], {
      Tparams: attribute.type(type),
      Tindices: attribute.type(INT32),
      Taxis: attribute.type(INT32),
    });
  }

  /** The gradient of {@link gather}: adds up in each of `count` rows what was read from there. */
  sumByRow(tensor: GraphTensor, rows: GraphTensor, count: GraphTensor): GraphTensor {
    return this.operation('UnsortedSegmentSum', [tensor, rows, count], {
      T: attribute.type(FLOAT),
      Tindices: attribute.type(INT32),
      Tnumsegments: attribute.type(INT32),
    });
  }

  add(a: GraphTensor, b: GraphTensor, type = FLOAT): GraphTensor {
    return this.operation('AddV2', [a, b], { T: attribute.type(type) });
  }

  subtract(a: GraphTensor, b: GraphTensor, type = FLOAT): GraphTensor {
    return this.operation('Sub', [a, b], { T: attribute.type(type) });
  }

  /** The product of two matrices, the first one transposed on request. */
  matMul(a: GraphTensor, b: GraphTensor, transposeFirst = false): GraphTensor {
    return this.operation('MatMul', [a, b], {
      T: attribute.type(FLOAT),
      transpose_a: attribute.boolean(transposeFirst),
      transpose_b: attribute.boolean(false),
    });
  }

  /** A matrix transposed. */
  transpose(matrix: GraphTensor): GraphTensor {
    return this.operation('Transpose', [matrix, this.integers([1, 0])], {
      T: attribute.type(FLOAT),
      Tperm: attribute.type(INT32),
    });
  }

  sum(tensor: GraphTensor, axis: number): GraphTensor {
    return this.operation('Sum', [tensor, this.integers([axis])], {
      T: attribute.type(FLOAT),
      Tidx: attribute.type(INT32),
      keep_dims: attribute.boolean(false),
    });
  }

  /**
   * A loop over the steps `count - 1`, ..., 1, 0.
   *
   * @param body what a step does with its number and the state that the step before has left: the new state, and a
   *     tensor to collect. It may use tensors from outside through `bring` only.
   * @returns the last state, and all that was collected, one below the other in the order 0, 1, ...
   * @see "Implementation of Control Flow in TensorFlow", 2017: a loop is five small operations for each variable.
   */
  countDown<State extends [GraphTensor, ...GraphTensor[]]>(
    count: GraphTensor,
    initialState: State,
    body: (
      step: GraphTensor,
      state: State,
      bring: (tensor: GraphTensor, type?: number) => GraphTensor,
    ) => { state: State; collect: GraphTensor },
  ): { state: State; collected: GraphTensor } {
    const loop = `loop${this.nodes.length}`;
    const enter = (tensor: GraphTensor, type: number, constant: boolean) =>
      this.operation('Enter', [tensor], {
        T: attribute.type(type),
        frame_name: attribute.string(loop),
        is_constant: attribute.boolean(constant),
        parallel_iterations: attribute.int(10),
      });
    const bring = (tensor: GraphTensor, type = FLOAT) => enter(tensor, type, true);
    const collection = this.operation('TensorArrayV3', [count], {
      dtype: attribute.type(FLOAT),
      identical_element_shapes: attribute.boolean(true),
    });

    const variables = [
      { initial: this.subtract(count, this.integers(1), INT32), type: INT32 }, // the step's number
      { initial: `${collection}:1`, type: FLOAT }, // stands for the collection's content
      ...initialState.map((initial) => ({ initial, type: FLOAT })),
    ];
    const nextName = (index: number) => `${loop}/next${index}`;
    const current = variables.map(({ initial, type }, index) =>
      this.operation('Merge', [enter(initial, type, false), nextName(index)], {
        T: attribute.type(type),
        N: attribute.int(2),
      }),
    );
    const goesOn = this.operation('GreaterEqual', [current[0]!, bring(this.integers(0), INT32)], {
      T: attribute.type(INT32),
    });
    const condition = this.operation('LoopCond', [goesOn], {});
    const switches = variables.map(({ type }, index) =>
      this.operation('Switch', [current[index]!, condition], { T: attribute.type(type) }),
    );

    const [step, content, ...state] = switches.map((name) => `${name}:1`) as [GraphTensor, GraphTensor, ...State];
    const result = body(step, state, bring);
    const written = this.operation('TensorArrayWriteV3', [bring(collection, RESOURCE), step, result.collect, content], {
      T: attribute.type(FLOAT),
    });
    const next = [this.subtract(step, bring(this.integers(1), INT32), INT32), written, ...result.state];
    variables.forEach(({ type }, index) =>
      this.operation('NextIteration', [next[index]!], { T: attribute.type(type) }, nextName(index)),
    );

    const [, finalContent, ...finalState] = variables.map(({ type }, index) =>
      this.operation('Exit', [switches[index]!], { T: attribute.type(type) }),
    ) as [GraphTensor, GraphTensor, ...State];
    const collected = this.operation('TensorArrayConcatV3', [collection, finalContent], {
      dtype: attribute.type(FLOAT),
    });
    return { state: finalState, collected };
  }

  zerosLike(tensor: GraphTensor): GraphTensor {
    return this.operation('ZerosLike', [tensor], { T: attribute.type(FLOAT) });
  }

  /** The graph as the file `saved_model.pb` that TensorFlow loads (saved_model.proto, graph.proto). */
  savedModel(): Uint8Array {
    const versions = bytesField(4, numberField(1, 134)); // the version of graphs that TensorFlow 1.15 writes
    const metaGraph = [bytesField(1, bytesField(4, TAG)), bytesField(2, ...this.nodes, versions)];
    return Uint8Array.from([...numberField(1, 1), ...bytesField(2, ...metaGraph)]);
  }
}

const TAG = 'serve';

/** A graph in native memory, ready to run; kept for the life of the process. */
export class NativeGraph {
  private readonly backend: NativeBackend;
  private readonly model: number;

  /** @throws {Error} when TensorFlow refuses the graph. */
  constructor(backend: NativeBackend, builder: GraphBuilder) {
    this.backend = backend;
    // Asked for only here, where the native backend is: never in a browser.
    const fs = nodeModule<FileSystem>('node:fs');
    const os = nodeModule<{ tmpdir(): string }>('node:os');
    const path = nodeModule<{ join(...parts: string[]): string }>('node:path');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-graph-'));
    try {
      fs.writeFileSync(path.join(folder, 'saved_model.pb'), builder.savedModel());
      this.model = backend.binding.loadSavedModel(folder, TAG);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }

  /**
   * @param inputs the graph's inputs by name.
   * @param outputs names of what to compute.
   * @returns the outputs, tracked by `tf.tidy` like those of any operation.
   */
  run(inputs: Record<string, tf.TensorInfo>, outputs: GraphTensor[]): tf.Tensor[] {
    const handles = this.backend.getInputTensorIds(Object.values(inputs));
    return this.backend.binding
      .runSavedModel(this.model, handles, Object.keys(inputs).join(), outputs.join())
      .map((metadata) => this.backend.createOutputTensor(metadata));
  }
}
