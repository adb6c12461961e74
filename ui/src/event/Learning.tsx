// What MRS did to the sales that the MAB and the MMM learn from: observed, adjusted, and how much was taken out.
import { useEventLearning } from "@/api/queries";
import { count, day, money, plural } from "@/lib/format";
import { useScope } from "@/lib/location";
import { takenOut } from "@/lib/sentence";
import { Card } from "@/parts/Card";
import { Failure, Loading } from "@/parts/States";

export function Learning({ event }: { event: string }) {
  const found = useEventLearning(useScope(), event);
  return (
    <Card order={3} title="What the MAB and the MMM learn">
      {found.data ? (
        <>
          <p>{takenOut(found.data)}</p>
          {found.data.excluded_store_days >= 0.5 && (
            <p className="small soft">About {plural(Math.round(found.data.excluded_store_days), "store-day")} should not be learned from at all.</p>
          )}
          {found.data.days.length > 0 && (
            <details>
              <summary className="small">
                Day by day, {count(found.data.store_days)} {found.data.store_days === 1 ? "store-day" : "store-days"}
              </summary>
              <table className="small tnum">
                <thead>
                  <tr>
                    <th scope="col">Day</th>
                    <th scope="col">Observed</th>
                    <th scope="col">Adjusted</th>
                  </tr>
                </thead>
                <tbody>
                  {found.data.days.map((one) => (
                    <tr key={one.date}>
                      <th scope="row">{day(one.date)}</th>
                      <td>{money(one.observed_sales)}</td>
                      <td>{money(one.adjusted_sales)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </details>
          )}
        </>
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Loading rows={2} />
      )}
    </Card>
  );
}
