// The simulated server and recorded answers: a gateway before real servers needs neither. Read when first called.
import type { AnswerBook } from './answer-book.ts';
import type { SimServer, SimServerOptions } from './sim-server.ts';

export async function startSimServer(options: SimServerOptions): Promise<SimServer> {
  const { startSimServer: start } = await import('./sim-server.ts');
  return start(options);
}

export async function loadAnswerBook(directory: string): Promise<AnswerBook> {
  const { loadAnswerBook: load } = await import('./dataset-book.ts');
  return load(directory);
}
