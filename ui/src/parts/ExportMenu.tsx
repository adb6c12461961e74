// Take a dataset away as a file, as of the moment that is looked at.
import { Button, DropdownMenu } from "@radix-ui/themes";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { api, body } from "@/api/client";
import { useScope } from "@/lib/location";
import { message } from "./States";

const DATASETS = [
  ["minority_reports", "Reports"],
  ["minority_events_log", "Events"],
  ["attribution_ready_sales", "Attribution-ready sales"],
  ["restatements", "Restated store-days"],
  ["sales_reconciliation", "Landed, exported and set aside by day"],
] as const;

export function ExportMenu() {
  const scope = useScope();
  const fetchLink = useMutation({
    networkMode: "always",
    mutationFn: async (choice: { dataset: (typeof DATASETS)[number][0]; format: "csv" | "parquet" }) =>
      body(await api.POST("/api/exports", { body: { ...choice, run_id: scope.run_id ?? null, as_of: scope.as_of ?? null } })),
    onSuccess: ({ url, file_name }) => {
      const link = document.createElement("a");
      link.href = url;
      link.download = file_name;
      link.click();
    },
  });
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <Button variant="soft" color="gray" loading={fetchLink.isPending}>
          <Download size={14} aria-hidden="true" /> Export
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content>
        {fetchLink.isError && <DropdownMenu.Label>{message(fetchLink.error)}</DropdownMenu.Label>}
        {DATASETS.map(([dataset, label]) => (
          <DropdownMenu.Sub key={dataset}>
            <DropdownMenu.SubTrigger>{label}</DropdownMenu.SubTrigger>
            <DropdownMenu.SubContent>
              <DropdownMenu.Item onSelect={() => fetchLink.mutate({ dataset, format: "csv" })}>CSV</DropdownMenu.Item>
              <DropdownMenu.Item onSelect={() => fetchLink.mutate({ dataset, format: "parquet" })}>Parquet</DropdownMenu.Item>
            </DropdownMenu.SubContent>
          </DropdownMenu.Sub>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
