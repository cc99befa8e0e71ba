import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A bundle's request, as it came through. */
export interface Download {
  range?: string;
  ifRange?: string;
  status: number;
}

/** Stands between the browser and the server, and breaks connections as networks do. */
export class Proxy {
  url = "";
  /** The bundle's requests that were answered. */
  readonly downloads: Download[] = [];
  /** Of each download, the connection breaks after so many of its bytes; one at a time. */
  readonly cuts: number[] = [];
  /** Bundles are refused with a broken connection. */
  down = false;
  /** As if the server did not know the bundle any more that a download began with. */
  forgets = false;

  private server?: HttpServer;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly target: () => string) {}

  async start(): Promise<void> {
    this.server = createServer((asked, answer) => this.pass(asked, answer));
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const isBundle = asked.url!.endsWith("/bundle");
    if (isBundle && this.down) return void asked.socket.destroy();
    const headers = { ...asked.headers };
    if (this.forgets && headers["if-range"]) headers["if-range"] = '"of-another-time"';
    const onward = request(new URL(asked.url!, this.target()), { method: asked.method, headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      if (!isBundle) return void got.pipe(answer);
      const { range, "if-range": ifRange } = asked.headers as Record<string, string>;
      this.downloads.push({ range, ifRange, status: got.statusCode! });
      this.passUpTo(this.cuts.shift(), got, answer);
    });
    onward.on("error", () => asked.socket.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  private passUpTo(most: number | undefined, got: IncomingMessage, answer: ServerResponse): void {
    if (most === undefined) return void got.pipe(answer);
    let left = most;
    got.on("data", (bytes: Buffer) => {
      const now = bytes.subarray(0, left);
      left -= now.length;
      // Once it is written, and a moment later, so that the browser has read it.
      answer.write(now, () => left === 0 && setTimeout(() => answer.socket?.destroy(), 100));
    });
  }
}
