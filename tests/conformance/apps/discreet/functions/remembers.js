exports = (profile) => {
  console.log("remembering", profile.phone);
  return { id: 7, contact: profile.phone };
};
