"""What all visitors share, without a layout: sessions, the scheduler, answers, files and the way in."""
