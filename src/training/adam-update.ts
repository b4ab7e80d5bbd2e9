import { tf } from '../tensorflow';

/** The two running means that Adam keeps for a variable, both of its shape. */
export type AdamMoments = { first: tf.Tensor; second: tf.Tensor };

/** The numbers of one step; `step` counts from 1. */
export interface AdamNumbers {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  step: number;
}

/** A variable to move, its gradient, and the moments to start from when it is met for the first time. */
export interface AdamTask {
  variable: tf.Variable;
  gradient: tf.Tensor;
  start?: AdamMoments | undefined;
}

/** Adam's update as one backend computes it, with the moments that it keeps. */
export interface AdamUpdate {
  update(tasks: AdamTask[], numbers: AdamNumbers): void;
  /** Names of the variables met so far, in that order. */
  names(): string[];
  /** Copies that belong to the caller. */
  moments(name: string): AdamMoments;
  dispose(): void;
}

/**
 * Adam's update in plain operations, for any backend.
 *
 * ```text
 * first  = beta1 * first  + (1 - beta1) * gradient
 * second = beta2 * second + (1 - beta2) * gradient^2
 * variable -= learningRate * (first / (1 - beta1^t)) / (sqrt(second / (1 - beta2^t)) + epsilon)
 * ```
 */
export class PortableAdamUpdate implements AdamUpdate {
  private readonly kept = new Map<string, { first: tf.Variable; second: tf.Variable }>();

  update(tasks: AdamTask[], { learningRate, beta1, beta2, epsilon, step }: AdamNumbers): void {
    tf.tidy(() => {
      for (const { variable, gradient, start } of tasks) {
        let moments = this.kept.get(variable.name);
        if (!moments) {
          const { first, second } = start ?? { first: tf.zerosLike(variable), second: tf.zerosLike(variable) };
          moments = { first: tf.variable(first.clone(), false), second: tf.variable(second.clone(), false) };
          this.kept.set(variable.name, moments);
        }
        const { first, second } = moments;
        first.assign(tf.add(first.mul(beta1), gradient.mul(1 - beta1)));
        second.assign(tf.add(second.mul(beta2), gradient.square().mul(1 - beta2)));
        const mean = first.div(1 - beta1 ** step);
        const size = tf.sqrt(second.div(1 - beta2 ** step)).add(epsilon);
        variable.assign(tf.sub(variable, mean.div(size).mul(learningRate)));
      }
    });
  }

  names(): string[] {
    return [...this.kept.keys()];
  }

  moments(name: string): AdamMoments {
    const { first, second } = this.kept.get(name)!;
    return { first: first.clone(), second: second.clone() };
  }

  dispose(): void {
    for (const { first, second } of this.kept.values()) tf.dispose([first, second]);
    this.kept.clear();
  }
}
