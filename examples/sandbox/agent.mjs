// An agent that buys one report from each seller. Who runs it gives it the paying fetch.

/** The reports, in the order of the URLs. */
export async function collect(pay, urls) {
  const reports = []
  for (const url of urls) {
    const buy = () => pay(url, { purchaseId: `report-${new URL(url).hostname}`, task: 'reports' })
    // The same id presents the same payment again: what was paid is not paid twice.
    const answer = await buy().catch((error) => {
      if (error.next !== 'retry-same-id') throw error
      return buy()
    })
    reports.push(await answer.json())
  }
  return reports
}
