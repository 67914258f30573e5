/**
 * The tables of a project. A change of schema is a further entry of `migrations`; entries that have
 * shipped are never edited.
 *
 * Tables that a person edits have `id INTEGER PRIMARY KEY AUTOINCREMENT`: ids are never given twice,
 * so that the journal can bring a deleted row back under its own. Columns ending in `_ms` are
 * milliseconds since 1970, columns ending in `_json` hold JSON texts.
 */
const first = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Pictures and videos. path is absolute, or relative to the project's folder when it was copied.
-- Nothing cascades from an item: taking back its import must not take marks and samples along that
-- no undo would bring back.
CREATE TABLE items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('image', 'video')),
  path TEXT NOT NULL,
  is_copied INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  perceptual_hash TEXT,
  format TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  modified_ms REAL NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  orientation INTEGER NOT NULL DEFAULT 1,
  duration_ms REAL,
  frame_rate REAL,
  frame_count INTEGER,
  codec TEXT,
  has_audio INTEGER NOT NULL DEFAULT 0,
  taken_ms REAL,
  added_ms REAL NOT NULL,
  split TEXT CHECK (split IN ('train', 'validation', 'test')),
  rating INTEGER NOT NULL DEFAULT 0,
  notes TEXT NOT NULL DEFAULT '',
  is_missing INTEGER NOT NULL DEFAULT 0,
  trashed_ms REAL
) STRICT;
CREATE INDEX items_by_hash ON items (hash);
CREATE INDEX items_by_path ON items (path);
CREATE INDEX items_by_added ON items (added_ms, id);
CREATE INDEX items_by_name ON items (name COLLATE NOCASE, id);
CREATE INDEX items_by_taken ON items (taken_ms, id);
CREATE INDEX items_in_trash ON items (trashed_ms) WHERE trashed_ms IS NOT NULL;

CREATE TABLE tags (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;
CREATE TABLE item_tags (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES items (id),
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  UNIQUE (item_id, tag_id)
) STRICT;
CREATE INDEX item_tags_by_tag ON item_tags (tag_id, item_id);

-- Files of watched folders that were offered for import, whatever became of them: those that were
-- broken, deleted or taken back are not brought in again as long as they stay the same.
CREATE TABLE watched_files (
  path TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  modified_ms REAL NOT NULL
) STRICT;

CREATE TABLE labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  color INTEGER NOT NULL,
  attributes_json TEXT NOT NULL DEFAULT '[]',
  skeleton_json TEXT,
  position REAL NOT NULL
) STRICT;

-- Marks on a picture, in pixels of the upright original.
CREATE TABLE shapes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES items (id),
  label_id INTEGER REFERENCES labels (id),
  kind TEXT NOT NULL,
  geometry_json TEXT NOT NULL,
  attributes_json TEXT NOT NULL DEFAULT '{}',
  "order" REAL NOT NULL,
  is_locked INTEGER NOT NULL DEFAULT 0,
  is_hidden INTEGER NOT NULL DEFAULT 0,
  is_draft INTEGER NOT NULL DEFAULT 0,
  source TEXT NOT NULL DEFAULT 'person',
  text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX shapes_by_item ON shapes (item_id, "order");
CREATE INDEX shapes_by_label ON shapes (label_id, item_id);

-- Conversations that teach. The pictures and videos of a sample are in sample_items.
CREATE TABLE samples (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('conversation', 'description', 'reasoning', 'free')),
  status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'reviewed', 'rejected')),
  rating INTEGER NOT NULL DEFAULT 0,
  notes TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT 'person',
  position REAL NOT NULL,
  created_ms REAL NOT NULL,
  trashed_ms REAL
) STRICT;
CREATE TABLE sample_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sample_id INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  item_id INTEGER NOT NULL REFERENCES items (id),
  -- How frames of a video are sampled: {"fps"}, {"frames"} or {"timestampsMs"}; null: the default.
  sampling_json TEXT,
  position REAL NOT NULL
) STRICT;
CREATE INDEX sample_items_by_sample ON sample_items (sample_id, position);
CREATE INDEX sample_items_by_item ON sample_items (item_id);
CREATE TABLE turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sample_id INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
  -- Parts: text, references to shapes and times, places of pictures.
  content_json TEXT NOT NULL,
  -- The other answer of a preference pair, which was not chosen; null where there is none.
  rejected_json TEXT,
  position REAL NOT NULL
) STRICT;
CREATE INDEX turns_by_sample ON turns (sample_id, position);

-- What is trained on: a filter of the library and how it is split.
CREATE TABLE datasets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  filter TEXT NOT NULL DEFAULT '',
  settings_json TEXT NOT NULL DEFAULT '{}',
  created_ms REAL NOT NULL
) STRICT;

-- Runs and chats are records of what happened, not edits: they are not in the journal.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('queued', 'running', 'paused', 'stopped', 'interrupted', 'failed', 'done')),
  folder TEXT NOT NULL,
  request_json TEXT NOT NULL,
  plan_json TEXT,
  error_json TEXT,
  result_json TEXT,
  -- How far it is: step, loss, time at work.
  progress_json TEXT NOT NULL DEFAULT '{}',
  -- Orders those that wait.
  queue_position REAL NOT NULL,
  notes TEXT NOT NULL DEFAULT '',
  created_ms REAL NOT NULL,
  started_ms REAL,
  ended_ms REAL
) STRICT;
CREATE TABLE run_evaluations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  loss REAL NOT NULL,
  answers_json TEXT NOT NULL,
  UNIQUE (run_id, step)
) STRICT;
CREATE TABLE chats (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL,
  settings_json TEXT NOT NULL,
  created_ms REAL NOT NULL,
  updated_ms REAL NOT NULL,
  trashed_ms REAL
) STRICT;
-- A tree: a question follows a question, an answer belongs to one. Of those that share parent, role
-- and side, alternatives to each other, one is chosen.
CREATE TABLE chat_messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
  parent_id INTEGER REFERENCES chat_messages (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  -- Of an answer: base or tuned.
  side TEXT,
  is_chosen INTEGER NOT NULL DEFAULT 1,
  -- Parts of a question; of an answer its text.
  content_json TEXT NOT NULL,
  -- Of an answer: how it stands, tokens a second, why it ended.
  facts_json TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX chat_messages_by_chat ON chat_messages (chat_id, id);
CREATE INDEX chat_messages_by_parent ON chat_messages (parent_id);

-- Every edit with its inverse; see journal.ts.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  label TEXT NOT NULL,
  -- Edits of one act that came in several transactions (an import) are undone together.
  act TEXT,
  changes_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'dropped')),
  at_ms REAL NOT NULL
) STRICT;
CREATE INDEX journal_by_scope ON journal (scope, state, id);
CREATE TABLE journal_rows (
  journal_id INTEGER NOT NULL REFERENCES journal (id) ON DELETE CASCADE,
  table_name TEXT NOT NULL,
  row_id INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_rows_by_row ON journal_rows (table_name, row_id);
CREATE INDEX journal_rows_by_entry ON journal_rows (journal_id);

-- Words by item: name, tags, labels and marks, conversations, notes.
CREATE VIRTUAL TABLE item_words USING fts5 (
  name, tags, labels, words,
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
`;

/**
 * Version 2: marks on videos. Frames are counted from 0, the first that is shown; seconds are those
 * after it. Keyframes name their item too, so that every row that is edited tells whose it is.
 */
const videoMarks = `
CREATE TABLE segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES items (id),
  label_id INTEGER REFERENCES labels (id),
  start_frame INTEGER NOT NULL,
  -- The first frame that is no longer in it.
  end_frame INTEGER NOT NULL,
  start_seconds REAL NOT NULL,
  end_seconds REAL NOT NULL,
  attributes_json TEXT NOT NULL DEFAULT '{}',
  text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX segments_by_item ON segments (item_id, start_frame);
CREATE INDEX segments_by_label ON segments (label_id, item_id);

CREATE TABLE point_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES items (id),
  label_id INTEGER REFERENCES labels (id),
  frame INTEGER NOT NULL,
  seconds REAL NOT NULL,
  attributes_json TEXT NOT NULL DEFAULT '{}',
  text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX point_events_by_item ON point_events (item_id, frame);
CREATE INDEX point_events_by_label ON point_events (label_id, item_id);

-- Boxes that move: where each is at its keyframes, in pixels of the upright frame.
CREATE TABLE tracks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES items (id),
  label_id INTEGER REFERENCES labels (id),
  attributes_json TEXT NOT NULL DEFAULT '{}',
  text TEXT NOT NULL DEFAULT '',
  is_hidden INTEGER NOT NULL DEFAULT 0,
  is_locked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tracks_by_item ON tracks (item_id);
CREATE INDEX tracks_by_label ON tracks (label_id, item_id);
CREATE TABLE track_keyframes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES items (id),
  track_id INTEGER NOT NULL REFERENCES tracks (id),
  frame INTEGER NOT NULL,
  seconds REAL NOT NULL,
  x REAL NOT NULL,
  y REAL NOT NULL,
  width REAL NOT NULL,
  height REAL NOT NULL,
  is_outside INTEGER NOT NULL DEFAULT 0,
  is_occluded INTEGER NOT NULL DEFAULT 0,
  UNIQUE (track_id, frame)
) STRICT;
CREATE INDEX track_keyframes_by_item ON track_keyframes (item_id);

-- Whatever is marked on an item: what filters, counts and the search for words mean by a mark.
CREATE VIEW marks (item_id, label_id, text, is_draft) AS
  SELECT item_id, label_id, text, is_draft FROM shapes
  UNION ALL SELECT item_id, label_id, text, 0 FROM segments
  UNION ALL SELECT item_id, label_id, text, 0 FROM point_events
  UNION ALL SELECT item_id, label_id, text, 0 FROM tracks;
`;

const evaluations = `
-- Evaluations are records of what happened, as runs are: they are not in the journal.
CREATE TABLE evaluations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('waiting', 'running', 'stopped', 'interrupted', 'failed', 'done')),
  request_json TEXT NOT NULL,
  -- What was found in the data, names of what may be gone later, where the data is.
  facts_json TEXT NOT NULL,
  error_json TEXT,
  -- Deals the sides of the blind vote.
  vote_seed INTEGER NOT NULL DEFAULT 0,
  -- A vote that was ended before all pairs were seen.
  vote_ended_ms REAL,
  created_ms REAL NOT NULL,
  ended_ms REAL
) STRICT;
-- A row a sample; each model's answers are written as soon as they are there.
CREATE TABLE evaluation_samples (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  -- Questions, true answers, pictures and slices as they were then.
  facts_json TEXT NOT NULL,
  base_json TEXT,
  tuned_json TEXT,
  vote TEXT CHECK (vote IN ('base', 'tuned', 'tie')),
  voted_ms REAL,
  UNIQUE (evaluation_id, position)
) STRICT;
`;

/** 16-bit grey with values above 255: of pictures that came before this was asked, nobody knows. */
const clipped = 'ALTER TABLE items ADD COLUMN is_clipped INTEGER NOT NULL DEFAULT 0;';

/** Version N of a project is what the first N entries make. */
export const migrations: readonly string[] = [first, videoMarks, evaluations, clipped];

/** Tables whose rows are edited through the journal. */
export const editableTables = [
  'items',
  'tags',
  'item_tags',
  'labels',
  'shapes',
  'segments',
  'point_events',
  'tracks',
  'track_keyframes',
  'samples',
  'sample_items',
  'turns',
  'datasets',
] as const;
export type EditableTable = (typeof editableTables)[number];

/** Columns that tell what the world is like, not what a person did: undo neither asks nor sets them. */
export const observedColumns: Readonly<Partial<Record<EditableTable, readonly string[]>>> = {
  items: ['is_missing'],
};
