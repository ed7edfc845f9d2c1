// What each category of each data set is called by each head: the merged taxonomy.
import type { Task } from '../../src/workload/heads.ts';
import type { Topic } from '../../src/workload/topics.ts';
import type { DataSet, SourceText } from './sources.ts';

/** Several: one of them, and nobody knows which. */
export type OneOf<T> = T | readonly T[];

export interface CategoryLabels {
  readonly topic?: OneOf<Topic>;
  readonly task?: OneOf<Task>;
  /** Facts about the world are asked for. */
  readonly facts?: boolean;
  readonly feedback?: 'none' | 'satisfied' | 'unclear';
}

const SCIENCE = ['physics', 'chemistry', 'biology'] as const;
const EXAM = ['answer', 'reason'] as const;

const LABELS: Readonly<Record<Exclude<DataSet, 'clinc150' | 'banking77'>, Readonly<Record<string, CategoryLabels>>>> = {
  mmlu_pro: {
    biology: { topic: 'biology', task: 'answer', facts: true },
    business: { topic: 'business', task: EXAM },
    chemistry: { topic: 'chemistry', task: EXAM },
    'computer science': { topic: 'computer_science', task: EXAM },
    economics: { topic: 'economics', task: EXAM },
    engineering: { topic: 'engineering', task: EXAM },
    health: { topic: 'health', task: 'answer', facts: true },
    history: { topic: 'history', task: 'answer', facts: true },
    law: { topic: 'law', task: 'answer', facts: true },
    math: { topic: 'math', task: 'reason', facts: false },
    // A mixture of all subjects, and of some that have no name here.
    other: { task: 'answer', facts: true },
    philosophy: { topic: 'philosophy', task: EXAM },
    physics: { topic: 'physics', task: EXAM },
    psychology: { topic: 'psychology', task: 'answer', facts: true },
  },
  llmrouter14: {
    'agentverse-logicgrid': { topic: 'logic', task: 'reason', facts: false },
    'agentverse-mgsm': { topic: 'math', task: 'reason', facts: false },
    arc_challenge: { topic: SCIENCE, task: 'answer', facts: true },
    commongen: { topic: 'writing', task: 'write', facts: false },
    commonsense_qa: { topic: 'commonsense', task: 'answer', facts: false },
    gpqa: { topic: SCIENCE, task: EXAM },
    gsm8k: { topic: 'math', task: 'reason', facts: false },
    human_eval: { topic: 'code', task: 'code', facts: false },
    math: { topic: 'math', task: 'reason', facts: false },
    mbpp: { topic: 'code', task: 'code', facts: false },
    mmlu: { task: 'answer' },
    natural_qa: { topic: 'trivia', task: 'answer', facts: true, feedback: 'none' },
    openbook_qa: { topic: SCIENCE, task: 'answer', facts: true },
    trivia_qa: { topic: 'trivia', task: 'answer', facts: true, feedback: 'none' },
  },
  zeroeval: {
    gsm: { topic: 'math', task: 'reason', facts: false },
    'math-l5': { topic: 'math', task: 'reason', facts: false },
    crux: { topic: 'code', task: ['reason', 'code'], facts: false },
  },
  arena_hard_v2: {
    coding: { topic: 'code', task: 'code', facts: false },
    math: { topic: 'math', task: 'reason', facts: false },
    creative_writing: { topic: 'writing', task: 'write', facts: false },
  },
};

const CONVERSATION = new Set(
  `greeting goodbye thank_you are_you_a_bot do_you_have_pets how_old_are_you tell_joke what_are_your_hobbies what_can_i_ask_you
  what_is_your_name where_are_you_from who_do_you_work_for who_made_you user_name`.split(/\s+/),
);
const ACTION = new Set(
  `calendar calendar_update next_song order play_music reminder reminder_update shopping_list shopping_list_update smart_home
  todo_list todo_list_update update_playlist alarm find_phone flip_coin make_call roll_dice share_location text timer weather
  book_flight book_hotel car_rental restaurant_reservation cancel_reservation confirm_reservation uber directions traffic
  schedule_maintenance schedule_meeting meeting_schedule change_accent change_ai_name change_language change_speed change_user_name
  change_volume reset_settings sync_device whisper_mode transfer pay_bill freeze_account travel_notification`.split(
    /\s+/,
  ),
);
/** Neither in nor out: arithmetic would teach that sums are of no topic, and so on. */
const UNCLEAR = new Set([
  'calculator',
  'measurement_conversion',
  'meaning_of_life',
  'definition',
  'spelling',
  'fun_fact',
  'yes',
  'no',
  'maybe',
]);

/** Undefined: the row teaches nothing. */
export function labelsOf({ set, category }: Pick<SourceText, 'set' | 'category'>): CategoryLabels | undefined {
  if (set === 'banking77') return { topic: 'unknown', task: 'unknown', feedback: 'none' };
  if (set !== 'clinc150') return LABELS[set][category];
  if (UNCLEAR.has(category)) return undefined;
  if (category === 'thank_you') return { topic: 'conversation', task: 'converse', facts: false, feedback: 'satisfied' };
  if (category === 'repeat') return { feedback: 'unclear' };
  if (CONVERSATION.has(category)) return { topic: 'conversation', task: 'converse', facts: false, feedback: 'none' };
  if (category === 'translate') return { topic: 'translation', task: 'translate', facts: false, feedback: 'none' };
  if (ACTION.has(category)) return { topic: 'tool_use', task: 'act', facts: false, feedback: 'none' };
  return { topic: 'unknown', task: 'unknown', feedback: 'none' };
}
