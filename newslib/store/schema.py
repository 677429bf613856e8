"""The tables of the ledger."""

from __future__ import annotations

# One script a version. A script that has been released never changes; the next one migrates what it made, and adds
# tables and indexes only (ledger.pretend_migrated).
MIGRATIONS = [
    """
    CREATE TABLE segment (          -- a file of articles/ or warc/ and how much of it counts
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,         -- articles | warc
        path TEXT NOT NULL UNIQUE,  -- relative to the archive
        length INTEGER NOT NULL,    -- committed bytes
        sha256 TEXT                 -- of a closed file, which never changes again
    );
    CREATE TABLE article (          -- a stored record; its place in commit order is `seq`
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        article TEXT NOT NULL, version INTEGER NOT NULL,
        host INTEGER NOT NULL,
        title TEXT, full_sha256 TEXT NOT NULL, body TEXT NOT NULL, language TEXT,
        date TEXT NOT NULL,         -- published, else day, else fetched
        fetched TEXT NOT NULL, digest TEXT, -- of the body as sent
        paragraphs INTEGER NOT NULL, -- repeats included
        segment INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, -- its line, line feed included
        UNIQUE (article, version)
    );
    CREATE TABLE fingerprint (      -- the first stored occurrence of a paragraph; 10 million rows are normal
        fp INTEGER PRIMARY KEY, tag INTEGER NOT NULL, -- tag: the 32-bit check, as a signed number (4 bytes)
        seq INTEGER NOT NULL, paragraph INTEGER NOT NULL
    );
    CREATE TABLE boilerplate (      -- articles of a host that hold a paragraph; only paragraphs seen more than once
        host INTEGER NOT NULL, fp INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (host, fp)
    ) WITHOUT ROWID;
    CREATE TABLE url (              -- every URL discovered: pending (outcome NULL) or with one outcome
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL UNIQUE, host TEXT NOT NULL, source TEXT NOT NULL,
        priority INTEGER NOT NULL DEFAULT 0, depth INTEGER NOT NULL DEFAULT 0,
        outcome TEXT, reason TEXT, tries INTEGER NOT NULL DEFAULT 0,
        original TEXT, via TEXT, found_url TEXT, found_at TEXT,
        title TEXT, summary TEXT, published TEXT, day TEXT, utc_offset TEXT, language TEXT, -- the hint
        acted TEXT,                 -- the latest date of a feed or sitemap that has been acted on
        dated TEXT NOT NULL DEFAULT '', -- the latest that was offered, days too: what is pending is taken newest first
        fetched TEXT, etag TEXT, last_modified TEXT,
        article TEXT,               -- what is stored of it
        alias TEXT,                 -- the article that it leads to, when that has another address
        judged TEXT, groups TEXT,   -- off-topic: which versions of which topics judged it, what they found; as JSON
        warc TEXT                   -- pointer to a page that is no record, as JSON
    );
    CREATE INDEX url_pending ON url (host, priority DESC, dated DESC, id, source) WHERE outcome IS NULL;
    CREATE INDEX url_article ON url (article) WHERE article IS NOT NULL;
    CREATE INDEX url_failed ON url (source) WHERE outcome = 'failed';
    CREATE TABLE poll (             -- a feed or sitemap, and what to send with the next request for it
        url TEXT PRIMARY KEY, source TEXT NOT NULL, kind TEXT, at TEXT, ok INTEGER, status INTEGER, error TEXT,
        etag TEXT, last_modified TEXT, judge TEXT
    ) WITHOUT ROWID;
    CREATE TABLE coverage (         -- tells "nothing was published" from "we did not look"
        source TEXT NOT NULL, day TEXT NOT NULL, -- UTC
        polls_ok INTEGER NOT NULL, polls_failed INTEGER NOT NULL, new_items INTEGER NOT NULL,
        PRIMARY KEY (source, day)
    ) WITHOUT ROWID;
    CREATE TABLE host (
        id INTEGER PRIMARY KEY, host TEXT NOT NULL UNIQUE, not_before TEXT,
        robots_status INTEGER, robots_body BLOB, robots_etag TEXT, robots_last_modified TEXT, robots_fetched TEXT
    );
    CREATE TABLE run (run TEXT PRIMARY KEY, started TEXT NOT NULL, sources TEXT NOT NULL, topics TEXT NOT NULL);
    CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID; -- kept by the triggers alone
    CREATE TRIGGER url_inserted AFTER INSERT ON url BEGIN
        INSERT INTO counter VALUES ('url ' || coalesce(new.outcome, 'pending'), 1) ON CONFLICT DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER url_updated AFTER UPDATE OF outcome ON url WHEN old.outcome IS NOT new.outcome BEGIN
        INSERT INTO counter VALUES ('url ' || coalesce(old.outcome, 'pending'), -1) ON CONFLICT DO UPDATE SET n = n - 1;
        INSERT INTO counter VALUES ('url ' || coalesce(new.outcome, 'pending'), 1) ON CONFLICT DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER url_deleted AFTER DELETE ON url BEGIN
        UPDATE counter SET n = n - 1 WHERE name = 'url ' || coalesce(old.outcome, 'pending');
    END;
    CREATE TRIGGER article_inserted AFTER INSERT ON article BEGIN
        INSERT INTO counter VALUES ('records', 1) ON CONFLICT DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER article_deleted AFTER DELETE ON article BEGIN
        UPDATE counter SET n = n - 1 WHERE name = 'records';
    END;
    """,
    """
    CREATE TABLE quarantine (       -- what is set aside: its URL's outcome says `quarantined`
        url TEXT PRIMARY KEY, at TEXT NOT NULL, run TEXT NOT NULL,
        who TEXT NOT NULL,          -- the step that gave up: extract | store | reextract
        why TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE verdict (          -- what a later version of a topic says of a record, which itself never changes
        seq INTEGER NOT NULL, topic TEXT NOT NULL, version TEXT NOT NULL, at TEXT NOT NULL,
        match TEXT,                 -- as an entry of the record's `topics`, in JSON; NULL: it does not match
        PRIMARY KEY (seq, topic)
    ) WITHOUT ROWID;
    CREATE TABLE removed (          -- tombstones that have been carried out; id is '' where no record was stored
        url TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (url, id)
    ) WITHOUT ROWID;
    CREATE INDEX removed_id ON removed (id);
    CREATE TABLE recent (           -- rows on their way into `fingerprint`, in order of commit (store/fingerprints.py)
        n INTEGER PRIMARY KEY, fp INTEGER NOT NULL,
        tag INTEGER NOT NULL, seq INTEGER NOT NULL, paragraph INTEGER NOT NULL
    );
    CREATE TABLE sketch (           -- what copies are found by (newslib/copies/words.py)
        hash INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (hash, seq)
    ) WITHOUT ROWID;
    CREATE TABLE relation (         -- what an article has in common with one that was stored before; both are ids
        article TEXT NOT NULL, other TEXT NOT NULL,
        kind TEXT NOT NULL,         -- duplicate | syndicated | related
        share REAL NOT NULL, back REAL NOT NULL, -- of its characters that the other has; of the other's that it has
        paragraphs INTEGER NOT NULL, how TEXT NOT NULL,
        seq INTEGER NOT NULL, of_seq INTEGER NOT NULL, -- the records that say so
        PRIMARY KEY (article, other)
    ) WITHOUT ROWID;
    CREATE INDEX relation_other ON relation (other);
    CREATE TABLE story (            -- articles that are copies of each other
        id TEXT PRIMARY KEY, founded INTEGER NOT NULL, -- number of its founder in commit order
        story TEXT NOT NULL         -- itself, or the one that it has become a part of
    ) WITHOUT ROWID;
    CREATE INDEX story_story ON story (story);
    CREATE TABLE member (
        article TEXT PRIMARY KEY, story TEXT NOT NULL, seq INTEGER NOT NULL, -- of its first record
        at TEXT NOT NULL, dated TEXT NOT NULL -- when it came out, as is known by: published | day | fetched
    ) WITHOUT ROWID;
    CREATE INDEX member_story ON member (story);
    CREATE TABLE done (what TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID; -- how far records were looked at
    CREATE TABLE visit (            -- when a stored page is to be asked for again; id: that of its `url`
        id INTEGER PRIMARY KEY, source TEXT NOT NULL, due TEXT NOT NULL
    );
    CREATE INDEX visit_due ON visit (source, due);
    CREATE TABLE habit (            -- pages of a host that were asked for again by plan, and those that had changed
        host TEXT PRIMARY KEY, looks INTEGER NOT NULL, changes INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
]
