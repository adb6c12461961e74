// A plain table that scrolls sideways on a narrow screen; the first column names the row.
import { Table } from "@radix-ui/themes";
import type { ReactNode } from "react";

export interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  /** `num`: figures, to the right; `nowrap`: on one line. */
  kind?: "num" | "nowrap";
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  keyOf: (row: T) => string;
  columns: readonly [Column<T>, ...Column<T>[]];
}

export function DataTable<T>({ label, rows, keyOf, columns }: Props<T>) {
  const [name, ...others] = columns;
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label={label}>
      <Table.Root size="1">
        <Table.Header>
          <Table.Row>
            {columns.map((column) => (
              <Table.ColumnHeaderCell key={column.head} className={column.kind === "num" ? "num" : undefined}>
                {column.head}
              </Table.ColumnHeaderCell>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {rows.map((row) => (
            <Table.Row key={keyOf(row)}>
              <Table.RowHeaderCell className={name.kind}>{name.cell(row)}</Table.RowHeaderCell>
              {others.map((column) => (
                <Table.Cell key={column.head} className={column.kind}>
                  {column.cell(row)}
                </Table.Cell>
              ))}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </div>
  );
}
