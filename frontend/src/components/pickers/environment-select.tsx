import { useQuery } from "@tanstack/react-query";
import { environmentsQuery, IN_USE } from "@/api/organisation";
import { Select } from "@/components/ui/select";

interface EnvironmentSelectProps {
  /** Id; "" for all of them together. */
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

/** All environments together or one of them. Where there is only one there is nothing to choose, and nothing is shown unless the address names one. */
export function EnvironmentSelect({ value, onChange, className = "w-44!" }: EnvironmentSelectProps) {
  const places = useQuery(environmentsQuery(IN_USE)).data?.items ?? [];
  if (places.length < 2 && !value) return null;
  return (
    <Select
      aria-label="Environment"
      className={className}
      placeholder="All environments"
      options={places.map((place) => ({ value: place.id, label: place.name }))}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
