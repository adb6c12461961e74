// Set by vite.config.ts at build time.
declare const MRS_VERSION: string;
