import { useCallback, useState } from "react";

/** Which parents are unfolded: all or none, with single ones turned round. A new default starts afresh. */
export function useFolds(allOpen: boolean) {
  const [turned, setTurned] = useState<{ allOpen: boolean; keys: ReadonlySet<string> }>({ allOpen, keys: new Set() });
  if (turned.allOpen !== allOpen) setTurned({ allOpen, keys: new Set() });
  const { keys } = turned;
  const isOpen = useCallback((key: string) => keys.has(key) !== allOpen, [keys, allOpen]);
  const toggle = useCallback((key: string) => {
    setTurned((before) => {
      const next = new Set(before.keys);
      if (!next.delete(key)) next.add(key);
      return { ...before, keys: next };
    });
  }, []);
  return { isOpen, toggle };
}
