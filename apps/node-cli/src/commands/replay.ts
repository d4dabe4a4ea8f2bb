import type { Command } from "commander";
export function addReplay(_program: Command, _exit: (code: number) => void): void {}
