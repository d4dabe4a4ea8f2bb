export { createDashboardHandler, type DashboardHandler, type DashboardOptions } from "@tesa/relay/dashboard";
export { DASHBOARD_FOLDER, ensureBuilt, isBuilt } from "./build.ts";
