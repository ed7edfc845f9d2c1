// traceparent by the W3C rules: what is valid, what is ignored, what goes on.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDecisionId, newDecisionId } from './ids.ts';
import { seededRandom } from './random.ts';
import { childTraceparent, isSampled, newSpanId, parseTraceparent, traceIdOf } from './trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const OURS = '00f067aa0ba902b7';

describe('parseTraceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-ff`, 255],
    [` 00-${TRACE}-${SPAN}-01 `, 1],
    [`cc-${TRACE}-${SPAN}-01`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, 1],
  ])('reads %s', (text, flags) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, parentId: SPAN, flags });
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['more after version 00', `00-${TRACE}-${SPAN}-01-more`],
    ['more without a dash', `cc-${TRACE}-${SPAN}-01.more`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span id', `00-${TRACE}-${SPAN}0-01`],
    ['flags of one digit', `00-${TRACE}-${SPAN}-1`],
    ['no hex', `00-${TRACE}-${SPAN}-0g`],
    ['two headers in one', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])('ignores %s', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('childTraceparent', () => {
  it('stays in the caller’s trace, names our span, and keeps the caller’s mind on sampling', () => {
    for (const flags of ['00', '01']) {
      const parent = parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`);
      expect(childTraceparent(parent, newDecisionId(), OURS, 1)).toBe(`00-${TRACE}-${OURS}-${flags}`);
      expect(isSampled(parent, newDecisionId(), 0.5)).toBe(flags === '01');
    }
  });

  it('passes on no flag that it does not know', () => {
    expect(childTraceparent(parseTraceparent(`00-${TRACE}-${SPAN}-ff`), newDecisionId(), OURS, 1)).toMatch(/-01$/);
  });

  it('begins a trace with the decision’s id', () => {
    const id = newDecisionId();
    expect(childTraceparent(undefined, id, OURS, 1)).toBe(`00-${traceIdOf(id)}-${OURS}-01`);
    expect(isDecisionId(`dec_${traceIdOf(id)}`)).toBe(true);
  });

  it('samples the share of new traces that it is told, and says so to the upstream', () => {
    const ids = Array.from({ length: 4_000 }, newDecisionId);
    const kept = ids.filter((id) => isSampled(undefined, id, 0.25));
    expect(kept.length).toBeGreaterThan(850);
    expect(kept.length).toBeLessThan(1_150);
    for (const id of ids.slice(0, 50))
      expect(childTraceparent(undefined, id, OURS, 0.25).endsWith('-01')).toBe(kept.includes(id));
    expect(ids.filter((id) => isSampled(undefined, id, 1))).toEqual(ids);
    expect(ids.filter((id) => isSampled(undefined, id, 0))).toEqual([]);
  });

  it('is always valid', () => {
    fc.assert(
      fc.property(fc.integer(), fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }), (seed, flags) => {
        const parent = flags === undefined ? undefined : { traceId: TRACE, parentId: SPAN, flags };
        const spanId = newSpanId(seededRandom(seed));
        const child = parseTraceparent(childTraceparent(parent, newDecisionId(), spanId, 1));
        expect(child).toMatchObject({
          parentId: spanId,
          flags: parent === undefined || parent.flags % 2 === 1 ? 1 : 0,
        });
      }),
    );
    expect(
      parseTraceparent(
        childTraceparent(
          undefined,
          newDecisionId(),
          newSpanId(() => 0),
          1,
        ),
      ),
    ).toBeDefined();
  });
});
