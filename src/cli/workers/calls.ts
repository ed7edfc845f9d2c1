// Questions over a channel that only carries messages: each has a number, and its answer comes under it.

export interface Calls<Question> {
  ask(question: Question): Promise<unknown>;
  /** False: nobody waits under this number. */
  answer(id: number, value: unknown): boolean;
  fail(id: number, reason: string): void;
}

export function createCalls<Question>(send: (id: number, question: Question) => void): Calls<Question> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;

  function take(id: number) {
    const call = waiting.get(id);
    waiting.delete(id);
    return call;
  }

  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        send(id, question);
      }),
    answer: (id, value) => {
      const call = take(id);
      call?.resolve(value);
      return call !== undefined;
    },
    fail: (id, reason) => take(id)?.reject(new Error(reason)),
  };
}
