import { useEffect } from "react";
import { useLocation } from "react-router";

/** Scrolls to the part that the address names, once what it names has been drawn. */
export function useHashScroll(): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (!hash) return;
    // The frame moves the focus to the heading first; this comes after it.
    const frame = requestAnimationFrame(() => document.getElementById(hash.slice(1))?.scrollIntoView({ block: "start" }));
    return () => cancelAnimationFrame(frame);
  }, [hash]);
}
