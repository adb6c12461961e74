// How often people agreed with proposals about as sure as this one: what its percentage has been worth here.
import { Link } from "wouter";
import { useQuality } from "@/api/overview";
import { confidence, plural } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";

/** Fewer decisions than this say nothing of how often. */
const ENOUGH = 10;

export function HowOftenRight({ sure }: { sure: number | undefined }) {
  const quality = useQuality(useScope());
  const href = useHref();
  if (sure === undefined || !quality.data) return null;
  const alike = quality.data.reliability.find((one) => sure >= one.low && (sure < one.high || one.high >= 1));
  return (
    <p className="small soft">
      {alike && alike.n >= ENOUGH
        ? `Of ten proposals about as sure as this, people agreed with ${Math.round(alike.agreed * 10)} (${plural(alike.n, "decision")}).`
        : `Too few decisions yet to say how often a proposal ${confidence(sure)} sure is right here.`}{" "}
      <Link className="link" href={href("/quality")}>
        How good are we
      </Link>
    </p>
  );
}
