import { Card } from "@/components/ui/card";
import { setTheme, useTheme, type ThemeChoice } from "@/lib/theme";

const CHOICES: { value: ThemeChoice; label: string; hint: string }[] = [
  { value: "system", label: "Like the system", hint: "Follows the day and night setting of this computer." },
  { value: "light", label: "Light", hint: "For bright rooms." },
  { value: "dark", label: "Dark", hint: "For long evenings." },
];

export function ThemeCard() {
  const theme = useTheme();
  return (
    <Card title="Theme" description="Kept in this browser only.">
      <fieldset className="space-y-1.5">
        <legend className="sr-only">Theme</legend>
        {CHOICES.map((choice) => (
          <label key={choice.value} className="flex min-h-6 items-start gap-2 text-sm">
            <input type="radio" name="theme" className="mt-0.5 size-4 accent-accent" checked={theme === choice.value} onChange={() => setTheme(choice.value)} />
            <span>
              {choice.label}
              <span className="block text-xs text-muted">{choice.hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </Card>
  );
}
