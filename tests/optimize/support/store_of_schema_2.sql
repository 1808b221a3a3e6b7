BEGIN TRANSACTION;
CREATE TABLE candidates (
	id INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	cation VARCHAR NOT NULL, 
	ligand VARCHAR NOT NULL, 
	ratio FLOAT NOT NULL, 
	proposed_by VARCHAR NOT NULL, 
	status VARCHAR NOT NULL CHECK (status IN ('pending', 'done', 'failed', 'excluded')), 
	reason VARCHAR, 
	predicted JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(round) REFERENCES rounds (number)
);
INSERT INTO "candidates" VALUES(1,1,'Al3+','PAA',10.0,'space filling: observed are chains_per_cation of 0, coulomb_spread of 0, coulomb_per_charge of 0 formulations, a model needs 6','done',NULL,'{}');
INSERT INTO "candidates" VALUES(2,1,'Fe3+','alginate',73.6,'space filling: observed are chains_per_cation of 0, coulomb_spread of 0, coulomb_per_charge of 0 formulations, a model needs 6','failed','it gelled','{}');
INSERT INTO "candidates" VALUES(3,1,'Ca2+','PF-COO',6.65,'space filling: observed are chains_per_cation of 0, coulomb_spread of 0, coulomb_per_charge of 0 formulations, a model needs 6','done',NULL,'{}');
INSERT INTO "candidates" VALUES(4,1,'Zr4+','PF-COO',21.7,'space filling: observed are chains_per_cation of 0, coulomb_spread of 0, coulomb_per_charge of 0 formulations, a model needs 6','excluded','too stiff','{}');
INSERT INTO "candidates" VALUES(5,2,'Mg2+','alginate',42.4,'space filling: observed are chains_per_cation of 1, coulomb_spread of 1, coulomb_per_charge of 1 formulations, a model needs 6','pending',NULL,'{}');
CREATE TABLE exclusions (
	cation VARCHAR NOT NULL, 
	ligand VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	PRIMARY KEY (cation, ligand)
);
INSERT INTO "exclusions" VALUES('Zr4+','PAA','no parameters');
CREATE TABLE facts (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "facts" VALUES('schema','2');
INSERT INTO "facts" VALUES('campaign','50d960c5aab740f79ce39225a50dcd37');
INSERT INTO "facts" VALUES('began_at','2026-11-26T17:14:02.373525+00:00');
INSERT INTO "facts" VALUES('protocol','abc');
CREATE TABLE observations (
	id INTEGER NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	occurrence INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	told_at VARCHAR NOT NULL, 
	cation VARCHAR NOT NULL, 
	ligand VARCHAR NOT NULL, 
	ratio FLOAT, 
	outcome VARCHAR NOT NULL, 
	value FLOAT NOT NULL, 
	standard_error FLOAT, 
	bound VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	conditions VARCHAR, 
	evidence JSON NOT NULL, 
	protocol VARCHAR, 
	replicates INTEGER, 
	PRIMARY KEY (id), 
	UNIQUE (fingerprint, occurrence)
);
INSERT INTO "observations" VALUES(1,'ad04c1ee51b9d5ecfb3d781f9995be019e654a5477b388481a6d9ec5f7d66755',0,0,'2026-11-26T17:14:02.392293+00:00','Ca2+','PAA',NULL,'density',1.3,NULL,'<','literature','doi:10.1000/x','cell=half','["figure"]',NULL,NULL);
INSERT INTO "observations" VALUES(2,'ec15c494a050bbd4cf611e2ad7c003cf0f7289208cc1838082b71b6b7cdb49c6',0,1,'2026-11-26T17:14:03.195176+00:00','Al3+','PAA',10.0,'chains_per_cation',3.45338235148692973552e+00,2.62819206490679281584e-02,'=','lab','closed form',NULL,'[]',NULL,3);
INSERT INTO "observations" VALUES(3,'6d509f23fe3d6c2e475e19bca369a3dcee93de956f9d6679679aef0f78f166c5',0,1,'2026-11-26T17:14:03.195210+00:00','Al3+','PAA',10.0,'coulomb_spread',2.16887845589225136677e-01,6.27318479110136736562e-04,'=','lab','closed form',NULL,'[]',NULL,3);
INSERT INTO "observations" VALUES(4,'e19d32d09caf796864559e2d507050e1fc21c88284e1f2fdfa21be625897b0c1',0,1,'2026-11-26T17:14:03.195219+00:00','Al3+','PAA',10.0,'coulomb_per_charge',-1.5006426702485896385e+03,4.96923713024837176988e+00,'=','lab','closed form',NULL,'[]',NULL,3);
INSERT INTO "observations" VALUES(5,'3e945d93b95e14bbefd14b63d398dc844a6dcadcd3732061580442596b47adaf',0,2,'2026-11-26T17:14:03.238663+00:00','Ca2+','PF-COO',6.65,'chains_per_cation',2.09987102116772250681e+00,1.07652296058422351776e-02,'=','lab','closed form',NULL,'[]',NULL,3);
INSERT INTO "observations" VALUES(6,'3e945d93b95e14bbefd14b63d398dc844a6dcadcd3732061580442596b47adaf',1,2,'2026-11-26T17:14:03.238696+00:00','Ca2+','PF-COO',6.65,'chains_per_cation',2.09987102116772250681e+00,1.07652296058422351776e-02,'=','lab','closed form',NULL,'[]',NULL,3);
CREATE TABLE rounds (
	number INTEGER NOT NULL, 
	asked_at VARCHAR NOT NULL, 
	method VARCHAR NOT NULL, 
	reference JSON, 
	PRIMARY KEY (number)
);
INSERT INTO "rounds" VALUES(1,'2026-11-26T17:14:03.183163+00:00','space filling: observed are chains_per_cation of 0, coulomb_spread of 0, coulomb_per_charge of 0 formulations, a model needs 6','null');
INSERT INTO "rounds" VALUES(2,'2026-11-26T17:14:03.228336+00:00','space filling: observed are chains_per_cation of 1, coulomb_spread of 1, coulomb_per_charge of 1 formulations, a model needs 6','null');
COMMIT;
