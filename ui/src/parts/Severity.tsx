// Severity as bars that fill up: readable without colour; the word and figure are there for those who listen.
import { decimal } from "@/lib/format";
import { severityStep, severityWord } from "@/lib/words";

export function Severity({ value }: { value: number }) {
  const step = severityStep(value);
  const label = `${severityWord(value)} severity, ${decimal(value)}`;
  return (
    <svg className={`severity severity-${step}`} width="16" height="14" viewBox="0 0 16 14" role="img" aria-label={label}>
      <title>{label}</title>
      {[0, 1, 2, 3].map((bar) => (
        <rect key={bar} x={bar * 4} y={10 - bar * 3.2} width="3" height={4 + bar * 3.2} rx="1" className={bar <= step ? "on" : "off"} />
      ))}
    </svg>
  );
}
