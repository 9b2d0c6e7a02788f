/** What the organisation can expect of a technique, in words. */
export const EXPECTATIONS = { prevented: "Prevented", detected: "Detected by an alert", logged: "Logged" } as const;

export const PRIORITIES = [
  { value: "0", label: "0, highest" },
  { value: "1", label: "1" },
  { value: "2", label: "2" },
  { value: "3", label: "3, lowest" },
] as const;
