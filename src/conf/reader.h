/*
 * Who reads the configuration, and so must be able to read the files of secrets that it names.
 */
#ifndef CONF_READER_H
#define CONF_READER_H

enum conf_reader {
	CONF_READER_DAEMON, /* all of them */
	CONF_READER_ASKER,  /* asks what the daemon would ask, and logs in nowhere: not passwords */
	CONF_READER_MAILER, /* hands the daemon mail: none of them */
};

#endif
