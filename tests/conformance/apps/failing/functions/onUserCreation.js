exports = (user) => console.log(`welcome ${user.id}`);
