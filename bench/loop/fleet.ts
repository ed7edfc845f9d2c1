// Child process: one simulated server a model of the data set's pool; URLs on stdout, counts on stdout when stdin ends.
import { parseArgs } from 'node:util';
import { bookAs, ENGINE_PROFILES, loadAnswerBook, startSimServer } from '../../src/sim/index.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    models: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'time-scale': { type: 'string', default: '0' },
  },
});
const profile = ENGINE_PROFILES['8b-h100'];
if (profile === undefined || values.data === undefined) throw new Error('--data DIR and --models JSON are needed');
const book = await loadAnswerBook(values.data);
const models: readonly string[] = JSON.parse(values.models ?? '[]');
const servers = await Promise.all(
  models.map(async (model) => ({
    model,
    server: await startSimServer({
      model,
      profile,
      seed: Number(values.seed),
      timeScale: Number(values['time-scale']),
      book: bookAs(book, model),
    }),
  })),
);
console.log(JSON.stringify(servers.map(({ model, server }) => ({ model, url: server.url }))));

// The end of stdin is also what a parent that died leaves behind.
process.stdin.resume().once('end', () => {
  const stats = servers.map(({ model, server }) => ({ model, ...server.stats() }));
  console.log(JSON.stringify(stats));
  void Promise.all(servers.map(({ server }) => server.close())).then(() => process.exit(0));
});
