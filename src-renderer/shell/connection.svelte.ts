import { client } from '../api/client.ts';

/** Whether the core answers. */
class Connection {
  isConnected: boolean = $state(client.isConnected);
  /** It was there and went: work is saved, but nothing can be done now. */
  isLost: boolean = $state(false);

  constructor() {
    let wasConnected = false;
    client.onConnection((isConnected) => {
      this.isConnected = isConnected;
      this.isLost = wasConnected && !isConnected;
      wasConnected ||= isConnected;
    });
  }
}

export const connection = new Connection();
