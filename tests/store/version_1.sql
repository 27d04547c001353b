-- A state as version 1.0.0 wrote it: 10.0.0.1 is down and acknowledged, 10.0.0.2 muted, and the own link was lost at the end.
PRAGMA application_id = 1129206868;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE delivery (
    letter INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL,
    reply TEXT NOT NULL DEFAULT '',
    ambiguous INTEGER NOT NULL DEFAULT 0,
    changed_at REAL NOT NULL,
    PRIMARY KEY (letter, recipient)
) WITHOUT ROWID;
INSERT INTO "delivery" VALUES(1,'noc@example.com','sent',1,1.79000060463436412808e+09,'250 kept',0,1790000600.0);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    host TEXT,
    outage INTEGER,
    mail TEXT NOT NULL
) STRICT;
CREATE TABLE heartbeat (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    steady REAL NOT NULL,
    wall REAL NOT NULL,
    sweep INTEGER NOT NULL
) STRICT;
INSERT INTO "heartbeat" VALUES(1,1790001800.0,1790001800.0,7);
CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    sender TEXT NOT NULL,
    created REAL NOT NULL,
    created_at REAL NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE mail_token (
    token TEXT NOT NULL
);
INSERT INTO "mail_token" VALUES('84f8eb2767');
CREATE TABLE mark (
    host TEXT PRIMARY KEY,
    muted INTEGER NOT NULL,
    muted_until REAL,
    flapping_steady REAL,
    flapping_wall REAL,
    flapping_told INTEGER NOT NULL,
    changes BLOB NOT NULL,
    failing_steady REAL,
    failing_wall REAL,
    failures INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "mark" VALUES('',0,NULL,NULL,NULL,0,X'',1790001500.0,1790001500.0,0);
INSERT INTO "mark" VALUES('10.0.0.1',0,NULL,NULL,NULL,0,X'000000764FACDA41',NULL,NULL,0);
INSERT INTO "mark" VALUES('10.0.0.2',1,NULL,NULL,NULL,0,X'',NULL,NULL,0);
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    host TEXT NOT NULL,
    description TEXT NOT NULL,
    location TEXT NOT NULL,
    host_group TEXT NOT NULL,
    outage INTEGER,
    started REAL NOT NULL,
    duration REAL NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    behind TEXT NOT NULL,
    sweep INTEGER NOT NULL,
    last_down REAL,
    first_up REAL,
    changes INTEGER NOT NULL,
    steady REAL NOT NULL,
    fresh INTEGER NOT NULL DEFAULT 1,
    late INTEGER NOT NULL DEFAULT 0,
    seen REAL
);
INSERT INTO "notice" VALUES(1,'failed',1790000600.0,'10.0.0.1','Router','','',1,1790000600.0,0.0,'no reply to 3 attempts',1,'',3,NULL,NULL,0,1790000600.0,0,0,1790000600.0);
CREATE TABLE outage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL,
    started_steady REAL NOT NULL,
    started_wall REAL NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    ended_steady REAL,
    ended_wall REAL,
    mailed REAL,
    mails INTEGER NOT NULL,
    acknowledged TEXT,
    behind TEXT,
    seen_steady REAL,
    seen_wall REAL
) STRICT;
INSERT INTO "outage" VALUES(1,'10.0.0.1',1790000600.0,1790000600.0,'no reply to 3 attempts',3,NULL,NULL,1790000600.0,1,'Sam has it',NULL,1790001200.0,1790001200.0);
CREATE TABLE rollup (
    id INTEGER PRIMARY KEY,
    hours BLOB NOT NULL
) STRICT;
CREATE TABLE round (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    rolled INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "round" VALUES(1,1790000000.0,0);
INSERT INTO "round" VALUES(2,1790000300.0,0);
INSERT INTO "round" VALUES(3,1790000600.0,0);
INSERT INTO "round" VALUES(4,1790000900.0,0);
INSERT INTO "round" VALUES(5,1790001200.0,0);
INSERT INTO "round" VALUES(6,1790001500.0,0);
INSERT INTO "round" VALUES(7,1790001800.0,0);
CREATE TABLE sample (
    id INTEGER PRIMARY KEY,
    codes BLOB NOT NULL
) STRICT;
INSERT INTO "sample" VALUES(4096,X'789C4B4E4E661805A360148C4C0000A713012A');
INSERT INTO "sample" VALUES(8192,X'789C4B4E4E661805A360148C4C0000A713012A');
INSERT INTO "sample" VALUES(12288,X'789CFB9F9CCC300A46C12818990000174001C6');
INSERT INTO "sample" VALUES(16384,X'789CFB9F9CCC300A46C12818990000174001C6');
INSERT INTO "sample" VALUES(20480,X'789CFB9F9CCC300A46C12818990000174001C6');
CREATE TABLE series (
    place INTEGER PRIMARY KEY,
    host TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "series" VALUES(0,'10.0.0.1');
INSERT INTO "series" VALUES(1,'10.0.0.2');
INSERT INTO "series" VALUES(2,'10.0.0.3');
CREATE TABLE telling (
    letter INTEGER NOT NULL,
    notice INTEGER NOT NULL,
    host TEXT NOT NULL,
    outage INTEGER,
    PRIMARY KEY (letter, notice)
) WITHOUT ROWID;
INSERT INTO "telling" VALUES(1,1,'10.0.0.1',1);
CREATE TABLE waiting (
    notice INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (notice, recipient)
) WITHOUT ROWID;
CREATE INDEX outage_host ON outage (host);
CREATE INDEX outage_ended ON outage (ended_wall);
CREATE INDEX event_at ON event (at);
CREATE INDEX event_repeated ON event (at) WHERE kind = 'still failing' AND mail NOT GLOB 'mailed: *';
CREATE INDEX event_host ON event (host) WHERE host IS NOT NULL;
CREATE INDEX round_at ON round (at);
CREATE INDEX round_pending ON round (at) WHERE NOT rolled;
CREATE INDEX notice_fresh ON notice (outage) WHERE fresh;
CREATE INDEX delivery_state ON delivery (state, changed_at);
CREATE VIEW under_way AS SELECT * FROM delivery WHERE state IN ('queued', 'held');
CREATE INDEX telling_notice ON telling (notice);
CREATE INDEX telling_host ON telling (host);
CREATE INDEX telling_outage ON telling (outage);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',8);
INSERT INTO "sqlite_sequence" VALUES('round',7);
INSERT INTO "sqlite_sequence" VALUES('outage',1);
INSERT INTO "sqlite_sequence" VALUES('notice',1);
INSERT INTO "sqlite_sequence" VALUES('letter',1);
COMMIT;
