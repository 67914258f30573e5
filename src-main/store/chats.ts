/** Chats in a project's file. They are records of what was said, not edits: the journal leaves them out. */
import type { ProjectStore, Row } from './project-store.ts';

export interface ChatRow {
  readonly id: number;
  /** Empty until something was asked. */
  readonly title: string;
  readonly settingsJson: string;
  readonly updatedMs: number;
}

export interface ChatListRow {
  readonly id: number;
  readonly title: string;
  readonly updatedMs: number;
  /** Questions, alternatives among them. */
  readonly questions: number;
}

export interface MessageRow {
  readonly id: number;
  readonly parentId: number | null;
  readonly role: 'user' | 'assistant';
  readonly side: 'base' | 'tuned' | null;
  readonly isChosen: boolean;
  readonly contentJson: string;
  readonly factsJson: string;
}

export type NewMessage = Omit<MessageRow, 'id' | 'isChosen'> & { readonly chatId: number };

/**
 * Chats that are not in the trash, latest first.
 * @param words only those that hold this text somewhere, upper or lower case; empty: all
 */
export function listChats(store: ProjectStore, words = ''): ChatListRow[] {
  const like = `%${escaped(words)}%`;
  return store
    .all(
      `SELECT chats.id, title, updated_ms, count(chat_messages.id) AS questions FROM chats
       LEFT JOIN chat_messages ON chat_id = chats.id AND role = 'user'
       WHERE trashed_ms IS NULL AND (? = '' OR title LIKE ? ESCAPE '^' OR EXISTS (
         SELECT 1 FROM chat_messages AS said, json_tree(said.content_json) AS leaf
         WHERE said.chat_id = chats.id AND leaf.atom LIKE ? ESCAPE '^'
           AND (leaf.key = 'text' OR leaf.key IS NULL)))
       GROUP BY chats.id ORDER BY updated_ms DESC, chats.id DESC`,
      words,
      like,
      like,
    )
    .map((row) => ({
      id: Number(row['id']),
      title: String(row['title']),
      updatedMs: Number(row['updated_ms']),
      questions: Number(row['questions']),
    }));
}

const escaped = (text: string): string => text.replace(/[%_^]/g, '^$&');

export function readChat(store: ProjectStore, id: number): ChatRow | undefined {
  const row = store.get('SELECT * FROM chats WHERE id = ?', id);
  if (row === undefined) return undefined;
  return {
    id,
    title: String(row['title']),
    settingsJson: String(row['settings_json']),
    updatedMs: Number(row['updated_ms']),
  };
}

export function insertChat(store: ProjectStore, settingsJson: string, nowMs: number): number {
  return store.run(
    `INSERT INTO chats (title, settings_json, created_ms, updated_ms) VALUES ('', ?, ?, ?)`,
    settingsJson,
    nowMs,
    nowMs,
  );
}

export function writeChat(store: ProjectStore, chat: Omit<ChatRow, 'updatedMs'>): void {
  store.run(
    'UPDATE chats SET title = ?, settings_json = ? WHERE id = ?',
    chat.title,
    chat.settingsJson,
    chat.id,
  );
}

export function touchChat(store: ProjectStore, id: number, nowMs: number): void {
  store.run('UPDATE chats SET updated_ms = ? WHERE id = ?', nowMs, id);
}

/** @param atMs null takes it out of the trash */
export function trashChat(store: ProjectStore, id: number, atMs: number | null): void {
  store.run('UPDATE chats SET trashed_ms = ? WHERE id = ?', atMs, id);
}

/** Deletes what lies in the trash, for good. */
export function emptyChatTrash(store: ProjectStore): void {
  store.run('DELETE FROM chats WHERE trashed_ms IS NOT NULL');
}

/** All messages of a chat, alternatives included, oldest first. */
export function readMessages(store: ProjectStore, chatId: number): MessageRow[] {
  return store
    .all('SELECT * FROM chat_messages WHERE chat_id = ? ORDER BY id', chatId)
    .map(messageOf);
}

/** Adds a message and chooses it among its alternatives. @returns its id */
export function insertMessage(store: ProjectStore, message: NewMessage): number {
  return store.transaction(() => {
    const { chatId, parentId, role, side, contentJson, factsJson } = message;
    const id = store.run(
      `INSERT INTO chat_messages (chat_id, parent_id, role, side, content_json, facts_json)
       VALUES (?, ?, ?, ?, ?, ?)`,
      chatId,
      parentId,
      role,
      side,
      contentJson,
      factsJson,
    );
    choose(store, id);
    return id;
  });
}

/** Takes a message rather than its alternatives. */
export function chooseMessage(store: ProjectStore, id: number): void {
  store.transaction(() => choose(store, id));
}

function choose(store: ProjectStore, id: number): void {
  store.run(
    `UPDATE chat_messages SET is_chosen = (chat_messages.id = ?) FROM chat_messages AS one
     WHERE one.id = ? AND chat_messages.chat_id = one.chat_id
       AND chat_messages.parent_id IS one.parent_id
       AND chat_messages.role = one.role AND chat_messages.side IS one.side`,
    id,
    id,
  );
}

export function writeMessage(
  store: ProjectStore,
  message: Pick<MessageRow, 'id' | 'contentJson' | 'factsJson'>,
): void {
  store.run(
    'UPDATE chat_messages SET content_json = ?, facts_json = ? WHERE id = ?',
    message.contentJson,
    message.factsJson,
    message.id,
  );
}

export function deleteMessage(store: ProjectStore, id: number): void {
  store.run('DELETE FROM chat_messages WHERE id = ?', id);
}

/** Answers of all chats that say of themselves that they are being written. */
export function unfinishedAnswers(store: ProjectStore): MessageRow[] {
  return store
    .all(
      `SELECT * FROM chat_messages
       WHERE role = 'assistant' AND facts_json ->> '$.state' IN ('waiting', 'answering')`,
    )
    .map(messageOf);
}

function messageOf(row: Row): MessageRow {
  return {
    id: Number(row['id']),
    parentId: row['parent_id'] === null ? null : Number(row['parent_id']),
    role: row['role'] as MessageRow['role'],
    side: row['side'] as MessageRow['side'],
    isChosen: row['is_chosen'] === 1,
    contentJson: String(row['content_json']),
    factsJson: String(row['facts_json']),
  };
}
