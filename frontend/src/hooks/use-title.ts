import { useEffect } from "react";

/** Sets the document title to "what · Aegis". */
export function useTitle(what: string | undefined): void {
  useEffect(() => {
    if (what) document.title = `${what} · Aegis`;
  }, [what]);
}
