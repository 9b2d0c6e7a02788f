import { useSyncExternalStore } from "react";
import { Toast as Radix } from "radix-ui";
import { Check } from "lucide-react";

interface Message {
  id: number;
  text: string;
}

let messages: readonly Message[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

/** Confirms that something was done. Errors never go here: they stand where they happened. */
export function toast(text: string): void {
  publish([...messages.slice(-2), { id: nextId++, text }]);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toaster() {
  const current = useSyncExternalStore(subscribe, () => messages);
  return (
    <Radix.Provider duration={4000} label="Confirmation">
      {current.map((message) => (
        <Radix.Root
          key={message.id}
          onOpenChange={(open) => {
            if (!open) publish(messages.filter((other) => other.id !== message.id));
          }}
          className="flex items-center gap-2 rounded-md border border-line-strong/50 bg-raised px-3 py-2 text-sm animate-in"
        >
          <Check aria-hidden className="size-4 text-accent" />
          <Radix.Description>{message.text}</Radix.Description>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-4 bottom-4 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none" />
    </Radix.Provider>
  );
}
