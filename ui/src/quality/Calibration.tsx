// A plot of how often something was right against how sure it was; on the line it is as sure as it should be.
import { percent, plural } from "@/lib/format";

export interface Point {
  said: number;
  right: number;
  low?: number;
  high?: number;
  n?: number;
}

const SIZE = 220;
const EDGE = 34;
const at = (share: number): number => EDGE + share * (SIZE - 2 * EDGE + 20);
const up = (share: number): number => SIZE - at(share);

export function Calibration({ title, points }: { title: string; points: readonly Point[] }) {
  const words = points.map((one) => `said ${percent(one.said)}, right ${percent(one.right)}${one.n ? ` of ${one.n}` : ""}`).join("; ");
  return (
    <figure className="calibration">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={`${title}: ${words}`}>
        <line className="calibration-ideal" x1={at(0)} y1={up(0)} x2={at(1)} y2={up(1)} />
        <path className="calibration-axis" d={`M${at(0)} ${up(1)}V${up(0)}H${at(1)}`} />
        {[0, 0.5, 1].map((share) => (
          <g key={share} className="calibration-tick">
            <text x={at(share)} y={up(0) + 14} textAnchor="middle">
              {percent(share)}
            </text>
            <text x={at(0) - 5} y={up(share) + 3} textAnchor="end">
              {percent(share)}
            </text>
          </g>
        ))}
        <text className="calibration-tick" x={at(0.5)} y={SIZE - 4} textAnchor="middle">
          how sure it was
        </text>
        {points.map((one) => (
          <g key={one.said}>
            {one.low !== undefined && one.high !== undefined && <line className="calibration-range" x1={at(one.said)} y1={up(one.low)} x2={at(one.said)} y2={up(one.high)} />}
            <circle className="calibration-point" cx={at(one.said)} cy={up(one.right)} r={one.n ? Math.min(3 + Math.sqrt(one.n) / 2, 8) : 3.5} />
          </g>
        ))}
      </svg>
      <figcaption className="small">
        <strong>{title}</strong>
        <ul className="plain-list sentences">
          {points.map((one) => (
            <li key={one.said}>
              Said {percent(one.said)}: right in {percent(one.right)}
              {one.n !== undefined && one.low !== undefined && one.high !== undefined && (
                <span className="soft">
                  {" "}
                  of {plural(one.n, "proposal")} ({percent(one.low)} to {percent(one.high)})
                </span>
              )}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}
