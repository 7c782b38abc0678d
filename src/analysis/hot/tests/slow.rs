//! Why a group is behind on one partition, through whole polls.
