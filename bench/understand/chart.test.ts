// Tests of the reliability plot: what is drawn where.
import { describe, expect, it } from 'vitest';
import { reliabilityPlot } from './chart.ts';

const bin = { rows: 10, confidence: 0.25, correct: 0.75 };

describe('reliabilityPlot', () => {
  it('draws a bin above the line by what came true, as far right as it was sure', () => {
    const svg = reliabilityPlot([{ name: 'topic, all', ece: 0.5, bins: [bin] }], 'Reliability');
    // Panels begin at 48, 76 and are 132 wide and high.
    expect(svg).toContain('cx="81" cy="109"');
    expect(svg).toContain('10 rows, ECE 0.500');
  });

  it('has a panel for each, in rows of five, and escapes their names', () => {
    const panels = Array.from({ length: 6 }, (_, i) => ({ name: `<${i}>`, ece: 0, bins: [bin] }));
    const svg = reliabilityPlot(panels, 'a "b"');
    expect(svg.match(/class="dot"/gu)).toHaveLength(6);
    expect(svg).toContain('height="548"');
    expect(svg).toContain('&lt;5>');
    expect(svg).toContain('aria-label="a &quot;b&quot;"');
  });

  it('an empty panel is an empty frame', () => {
    expect(reliabilityPlot([{ name: 'x', ece: 0, bins: [] }], 't')).toContain('0 rows');
  });
});
