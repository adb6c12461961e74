import { type ReactNode, useId } from "react";

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
