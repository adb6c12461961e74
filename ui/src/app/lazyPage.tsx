// A page whose script is fetched when it is first opened: tried twice, and where it cannot be had, said so inside the shell.
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { Loading } from "@/parts/States";
import { PageFailure } from "./Boundary";

type Module = { default: ComponentType };

const RETRY_MS = 700;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function lazyPage(load: () => Promise<Module>): () => ReactNode {
  let Page: ComponentType | null = null;
  const fetched = () => load().catch(() => pause(RETRY_MS).then(load));
  return function LazyPage() {
    const [state, setState] = useState<"loading" | "there" | "failed">(Page ? "there" : "loading");
    useEffect(() => {
      if (state !== "loading") return;
      let here = true;
      void fetched().then(
        (module) => {
          Page = module.default;
          if (here) setState("there");
        },
        () => here && setState("failed"),
      );
      return () => {
        here = false;
      };
    }, [state]);
    if (state === "failed") return <PageFailure title="This page could not be loaded" retry={() => setState("loading")} />;
    return Page ? <Page /> : <Loading />;
  };
}
