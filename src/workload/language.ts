// The language of a text by its letters (Nito-ELD); its tables are loaded when somebody first asks.

export interface LanguageDetector {
  /** ISO 639-1, or "unknown": nothing to tell from, not certain, or the tables are not there yet (which starts loading them). */
  detect(text: string): string;
  /** Loads the tables if need be; false if they cannot be loaded. Never rejects. */
  load(): Promise<boolean>;
}

/** 60 languages. Of the sizes that the package offers the smallest: 1 MB of source, about as right as the others on whole sentences. */
async function loadTables(): Promise<(text: string) => string> {
  const { eld } = await import('eld/extrasmall');
  return (text) => {
    const result = eld.detect(text);
    return result.isReliable() ? result.language : '';
  };
}

/** UTF-16 units that are read: more tell little more. */
const READ_UNITS = 400;

export function createLanguageDetector(
  loadDetect: () => Promise<(text: string) => string> = loadTables,
): LanguageDetector {
  let detect: ((text: string) => string) | undefined;
  let loading: Promise<boolean> | undefined;

  async function load(): Promise<boolean> {
    try {
      detect = await loadDetect();
      return true;
    } catch {
      return false;
    }
  }

  return {
    load: async () => await (loading ??= load()),
    detect(text) {
      if (detect === undefined) {
        loading ??= load();
        return 'unknown';
      }
      return detect(text.slice(0, READ_UNITS)) || 'unknown';
    },
  };
}
