// How good each candidate of a route is expected to be: from the card of its pool, or from a prior table beside the policy.
import { TOPICS } from '../workload/index.ts';
import { checkShape } from './check-shape.ts';
import { parsePolicyText, type PolicyText } from './document.ts';
import { nearNames } from './near-names.ts';
import { PriorTableSchema, type PriorTable } from './prior-table.ts';
import type { Diagnostic, NamedFile, Path, QualitySource, Vocabulary } from './compiling.ts';
import type { Quality, TopicQuality } from './pool-plan.ts';
import type { PoolText, WellShaped } from './well-shaped.ts';

export interface Qualities {
  /** Of every candidate whose quality is known; of each other one it is said why not. The paths: where both stand. */
  of(
    source: QualitySource,
    candidates: readonly string[],
    strategy: Path,
    candidatesAt: Path,
  ): ReadonlyMap<string, Quality>;
  /** The files that were read, by name: what the plan's fingerprint covers beside the policy's own text. */
  readonly files: ReadonlyMap<string, string>;
}

/** Diagnostics go into `found`: one of a table has the table's own place. */
export function createQualities(
  text: PolicyText,
  document: WellShaped,
  readNamed: Vocabulary['readNamed'],
  found: Diagnostic[],
): Qualities {
  const files = new Map<string, string>();
  const tables = new Map<string, PriorTable | undefined>();
  const cards = new Map<string, Quality>();
  for (const [name, pool] of document.pools) {
    if (pool?.quality !== undefined) cards.set(name, readCard(text, name, pool.quality, found));
  }

  /** undefined: it cannot be used, and why has been said once. */
  function tableOf(name: string, at: Path): PriorTable | undefined {
    if (tables.has(name)) return tables.get(name);
    let table: PriorTable | undefined;
    const file = staysInside(name) ? (readNamed?.(name) ?? NO_FILES) : OUTSIDE;
    if (file.kind === 'unreadable') {
      found.push(text.at(at, `prior table "${name}" cannot be read: ${file.why}`));
    } else {
      files.set(name, file.text);
      const read = parsePolicyText(file.text, file.path);
      // What breaks off in the middle breaks every bracket above it.
      const wrong = read.syntax.length > 0 ? read.syntax.slice(0, 1) : checkTable(read);
      found.push(...wrong);
      if (wrong.length === 0) table = read.value as PriorTable;
    }
    tables.set(name, table);
    return table;
  }

  return {
    files,
    of: ({ priors, as = {} }, candidates, strategy, candidatesAt) => {
      const table = priors === undefined ? undefined : tableOf(priors, [...strategy, 'priors']);
      const qualities = new Map<string, Quality>();
      for (const [i, pool] of candidates.entries()) {
        const named = Object.hasOwn(as, pool) ? as[pool] : undefined;
        const card = named === undefined ? cards.get(pool) : undefined;
        const model = named ?? document.pools.get(pool)?.model;
        if (card !== undefined) qualities.set(pool, card);
        // Malformed: the pool, or the table that it would be looked up in.
        if (card !== undefined || model === undefined || (priors !== undefined && table === undefined)) continue;
        const row = table !== undefined && Object.hasOwn(table.models, model) ? table.models[model] : undefined;
        if (row !== undefined) qualities.set(pool, fromRow(row));
        else
          found.push(
            named === undefined
              ? text.at([...candidatesAt, i], noQuality(pool, model, priors, table))
              : text.at([...strategy, 'as', pool], noModel(named, priors, table)),
          );
      }
      return qualities;
    },
  };
}

const NO_FILES: NamedFile = { kind: 'unreadable', why: 'this policy has no folder to read files from' };
const OUTSIDE: NamedFile = {
  kind: 'unreadable',
  why: "expected a path within the policy's own folder, with / and without ..",
};

/** Of the text alone: links are followed, for mounted configuration consists of them. */
function staysInside(name: string): boolean {
  return name !== '' && !/^(?:\/|[A-Za-z]:)|[\\\0]/.test(name) && !name.split('/').includes('..');
}

function readCard(
  text: PolicyText,
  pool: string,
  card: NonNullable<PoolText['quality']>,
  found: Diagnostic[],
): Quality {
  const topics = new Map<string, TopicQuality>();
  for (const [topic, quality] of Object.entries(card)) {
    if (topic === 'overall') continue;
    if (!isTopic(topic))
      found.push(text.at(['pools', pool, 'quality', topic], unknownTopic(topic, 'overall or '), { key: true }));
    topics.set(topic, { quality, slope: 0, at: 0 });
  }
  return { overall: card.overall, topics };
}

function checkTable(read: PolicyText): readonly Diagnostic[] {
  const wrong = checkShape(read, PriorTableSchema, read.value);
  if (wrong.length > 0) return wrong;
  return Object.entries((read.value as PriorTable).models).flatMap(([model, { topics = {} }]) =>
    Object.keys(topics)
      .filter((topic) => !isTopic(topic))
      .map((topic) => read.at(['models', model, 'topics', topic], unknownTopic(topic, ''), { key: true })),
  );
}

function fromRow({ overall, topics = {} }: PriorTable['models'][string]): Quality {
  return {
    overall,
    topics: new Map(
      Object.entries(topics).map(([topic, { quality, difficulty }]) => [
        topic,
        { quality, slope: difficulty?.slope ?? 0, at: difficulty?.at ?? 0 },
      ]),
    ),
  };
}

function isTopic(name: string): boolean {
  return (TOPICS as readonly string[]).includes(name);
}

function unknownTopic(topic: string, other: string): string {
  return `unknown topic "${topic}"${meant(topic, TOPICS)}; expected ${other}one of ${TOPICS.join(', ')}`;
}

function meant(name: string, known: readonly string[]): string {
  const near = nearNames(name, known);
  return near.length === 0 ? '' : `, near ${near.join(', ')}`;
}

function noQuality(pool: string, model: string, priors: string | undefined, table: PriorTable | undefined): string {
  const card = `give it a card (pools.${pool}.quality: { overall: 0.7 })`;
  if (table === undefined)
    return `nobody knows how good pool "${pool}" is: ${card}, or name a table of its model (strategy.priors)`;
  const models = Object.keys(table.models);
  return `nobody knows how good pool "${pool}" is: "${priors}" has no model "${model}"${meant(model, models)}; say which of the table's it is (strategy.as.${pool}), or ${card}`;
}

function noModel(model: string, priors: string | undefined, table: PriorTable | undefined): string {
  if (table === undefined) return `no table has a model "${model}": name one (strategy.priors)`;
  const models = Object.keys(table.models);
  const near = nearNames(model, models);
  const rest = models.length > 12 ? `${models.slice(0, 12).join(', ')}, …` : models.join(', ');
  return `"${priors}" has no model "${model}"; ${near.length > 0 ? `near ${near.join(', ')}` : `expected one of ${rest}`}`;
}
