// Alerts: what a person was told.
export function useUnread(): number {
  return 0;
}
