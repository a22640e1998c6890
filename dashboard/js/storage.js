/** Web storage that never throws: where it is blocked or full, values live as long as the page. */

/**
 * @param {() => Storage} open  gets the storage; may throw where cookies are blocked
 * @returns {{read: (key: string) => any, write: (key: string, value: any) => void, remove: (key: string) => void}}
 */
export function jsonStorage(open) {
  const memory = new Map();
  const attempt = (action) => {
    try {
      return action(open());
    } catch {
      return undefined;
    }
  };
  return {
    read(key) {
      const text = memory.get(key) ?? attempt((storage) => storage.getItem(key));
      try {
        return text ? JSON.parse(text) : null;
      } catch {
        return null;
      }
    },
    write(key, value) {
      const text = JSON.stringify(value);
      const stored = attempt((storage) => {
        storage.setItem(key, text);
        return true;
      });
      if (stored) memory.delete(key);
      else memory.set(key, text);
    },
    remove(key) {
      memory.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
  };
}

/** Kept by the browser until cleared. */
export const lasting = jsonStorage(() => globalThis.localStorage);

/** Kept for this tab, through reloads and the way to the payment provider and back. */
export const passing = jsonStorage(() => globalThis.sessionStorage);
