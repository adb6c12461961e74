import { createContext, use } from "react";

export interface ShellControls {
  openHelp: () => void;
  machine: boolean;
  setMachine: (open: boolean) => void;
}

export const ShellContext = createContext<ShellControls>({ openHelp: () => {}, machine: false, setMachine: () => {} });

export const useShell = (): ShellControls => use(ShellContext);
