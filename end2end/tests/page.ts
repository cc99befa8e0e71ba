import { expect, test as base } from "@playwright/test";

/** What the browser complained of: any console message, uncaught error or failed request of any page of the test. */
export class Complaints {
  private readonly seen: string[] = [];
  private readonly allowed: RegExp[] = [];

  add(complaint: string): void {
    this.seen.push(complaint);
  }

  /** For a test that provokes one, such as a server killed under the page. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  unexpected(): string[] {
    return this.seen.filter((complaint) => !this.allowed.some((pattern) => pattern.test(complaint)));
  }
}

/** `test` of Playwright; a test also fails when its browser complained. */
export const test = base.extend<{ complaints: Complaints }>({
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      context.on("console", (message) =>
        complaints.add(`console ${message.type()}: ${message.text()} (${message.location().url})`),
      );
      context.on("weberror", (error) => complaints.add(`uncaught: ${error.error().stack ?? error.error().message}`));
      context.on("requestfailed", (request) => {
        const why = request.failure()?.errorText ?? "unknown";
        // The page's own end of it: it was left with its stream open, or a link turned out to be a download.
        if (why === "net::ERR_ABORTED") return;
        complaints.add(`request failed: ${request.url()} (${why})`);
      });
      await use(complaints);
      expect(complaints.unexpected(), "what the browser complained of").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
