import { type ReactNode, useId } from "react";
import { day, dayAfter } from "@/lib/format";

interface Props {
  title: string;
  side?: ReactNode;
  flush?: boolean;
  /** Place among the cards where two columns become one. */
  order?: number;
  children: ReactNode;
}

export function Card({ title, side, flush = false, order, children }: Props) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id} style={{ order }}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {side}
      </div>
      <div className={flush ? "" : "card-body"}>{children}</div>
    </section>
  );
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where sales stayed at a new level: since when, and from when on they are learned from as they are. */
export function NewLevel({ since, last }: { since: string; last: string }) {
  return (
    <Fact label="New level">
      since {day(since)}
      <span className="soft"> · learned from {day(dayAfter(last))}</span>
    </Fact>
  );
}
