/** Runs one piece of work after another, in the order of the calls, whether or not those before it failed. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  async take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined); // its own caller learns of the failure
    return await mine;
  }
}
