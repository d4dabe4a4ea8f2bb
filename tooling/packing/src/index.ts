export { type App, type CopyDeclaration, findApps } from "./copy/apps.ts";
export { CopyError, checkTarget, findApp } from "./copy/check-target.ts";
export { copyApp } from "./copy/copy-app.ts";
export { buildPackages, packPackages } from "./pack.ts";
export { publicPackages, readWorkspace, type WorkspacePackage } from "./workspace.ts";
