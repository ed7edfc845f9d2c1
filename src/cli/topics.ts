// sluice topics: tries a policy's own topics out: `eval` on labelled texts, `match` on texts that one types.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { SluiceError } from '../base/index.ts';
import { loadPolicy, tablePathOf } from '../config/index.ts';
import { createTransformersEmbedder, loadWordpieceTable } from '../embedding/index.ts';
import { formatDiagnostic } from '../policy/index.ts';
import { ENGINE_PROFILES } from '../sim/index.ts';
import { encodedWorkbench, type OwnTopic, staticWorkbench, type TopicWorkbench } from '../workload/index.ts';
import { advise, measureEffect } from './topics/advice.ts';
import { bestOf, evaluate } from './topics/evaluate.ts';
import { type Labelled, parseLabelled } from './topics/labelled.ts';
import { printed, quoted, type Report, share } from './topics/print.ts';

interface TopicFlags {
  readonly policy: string;
  readonly labelled?: string;
  readonly encoder?: string;
  readonly json?: boolean;
}

/** An encoder may take its time here: nobody waits for an answer. */
const ENCODER_DEADLINE_MS = 60_000;
/** Bad lines that are named; of more, their number. */
const NAMED_LINES = 20;

export function topicsCommand(): Command {
  return new Command('topics')
    .description("Try a policy's own topics out.")
    .addCommand(
      shared(new Command('eval'))
        .description(
          'Score labelled texts: precision, recall and F1 by topic, confusions, and what to add. Exit code 0, or 2 for bad input.',
        )
        .requiredOption('--labelled <file>', 'one {"text": "...", "topic": "NAME" or null} a line')
        .addHelpText('after', '\nLabel texts of none of the topics with null: without them precision says little.')
        .action((flags: TopicFlags) => run(flags, evaluateFile)),
    )
    .addCommand(
      shared(new Command('match'))
        .description('Score texts: 0.5 and more is of the topic.')
        .argument('<text...>', 'texts')
        .action((texts: string[], flags: TopicFlags) => run(flags, (...with_) => matchTexts(texts, ...with_))),
    );
}

function shared(command: Command): Command {
  return command
    .requiredOption('--policy <file>', 'policy file')
    .option('--encoder <folder>', 'score with the ONNX sentence encoder in this folder, not with the built-in features')
    .option('--json', 'JSON');
}

type Job = (topics: readonly OwnTopic[], bench: TopicWorkbench, flags: TopicFlags) => Promise<void>;

/** Hands the policy's topics and what scores them to the job; says what is wrong with the input, exit code 2. */
async function run(flags: TopicFlags, job: Job): Promise<void> {
  try {
    const topics = await readTopics(flags.policy);
    if (flags.encoder === undefined) {
      await job(topics, staticWorkbench(loadWordpieceTable(tablePathOf(process.env))), flags);
      return;
    }
    const encoder = await createTransformersEmbedder({ model: flags.encoder, deadlineMs: ENCODER_DEADLINE_MS });
    try {
      await job(topics, encodedWorkbench(encoder), flags);
    } finally {
      await encoder.close();
    }
  } catch (error) {
    if (!(error instanceof SluiceError || error instanceof BadInput)) throw error;
    console.error(`sluice: ${error.message}`);
    process.exitCode = 2;
  }
}

class BadInput extends Error {
  override readonly name = 'BadInput';
}

async function readTopics(file: string): Promise<readonly OwnTopic[]> {
  const compiled = await loadPolicy(file, Object.keys(ENGINE_PROFILES));
  if (compiled.kind === 'invalid') throw new BadInput(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  if (compiled.plan.topics.length === 0) throw new BadInput(`${file} has no topics of its own: add \`topics:\``);
  return compiled.plan.topics;
}

async function readLabelled(file: string, topics: readonly OwnTopic[]): Promise<readonly Labelled[]> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
  const { rows, errors } = parseLabelled(
    source,
    topics.map(({ name }) => name),
  );
  if (errors.length > 0) {
    const more = errors.length > NAMED_LINES ? [`and ${errors.length - NAMED_LINES} more bad lines`] : [];
    throw new BadInput([...errors.slice(0, NAMED_LINES).map((error) => `${file}:${error}`), ...more].join('\n'));
  }
  if (rows.length === 0) throw new BadInput(`${file} has no labelled texts`);
  return rows;
}

const evaluateFile: Job = async (topics, bench, flags) => {
  const rows = await readLabelled(flags.labelled ?? '', topics);
  const texts = rows.map(({ text }) => text);
  const scores = await bench.score(topics, texts);
  const advice = await advise(topics, rows, scores, bench);
  const effectOf = (list: 'examples' | 'not', proposed: readonly (readonly string[])[]) =>
    measureEffect(topics, rows, scores, list, proposed, bench);
  const report: Report = {
    scoredBy: flags.encoder ?? 'the built-in features',
    ...evaluate(topics, rows, scores),
    advice,
    effects: {
      add: await effectOf(
        'examples',
        advice.map(({ add }) => add),
      ),
      addNot: await effectOf(
        'not',
        advice.map(({ addNot }) => addNot),
      ),
    },
  };
  console.log(flags.json === true ? JSON.stringify(report, null, 2) : printed(report));
};

async function matchTexts(
  texts: readonly string[],
  topics: readonly OwnTopic[],
  bench: TopicWorkbench,
  flags: TopicFlags,
): Promise<void> {
  const scores = await bench.score(topics, texts);
  const matches = texts.map((text, i) => {
    const own = scores[i] ?? new Float64Array();
    return {
      text,
      topic: topics[bestOf(own)]?.name ?? null,
      scores: Object.fromEntries(topics.map(({ name }, t) => [name, Number((own[t] ?? 0).toFixed(4))])),
    };
  });
  if (flags.json === true) {
    console.log(JSON.stringify(matches, null, 2));
    return;
  }
  for (const { text, topic, scores: own } of matches) {
    const sorted = Object.entries(own).toSorted(([, a], [, b]) => b - a);
    console.log(
      `${quoted(text)}: ${topic ?? 'none'} (${sorted.map(([name, score]) => `${name} ${share(score)}`).join(', ')})`,
    );
  }
}
