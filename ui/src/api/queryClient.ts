// One cache of what the API said. A passing failure is tried again; a refusal is not.
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      networkMode: "always",
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.passing,
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});
